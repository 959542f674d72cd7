//! Deployment packages: what AWS refuses about a zip, and the folder that the
//! functions of one package share. Folder names are the hash of the zip.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::configuration::Code;
use super::errors;
use super::tree::{self, Stamps};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::store::Key;

/// Bytes of a zip in a request (AWS docs, "Lambda quotas").
const ZIP_LIMIT: usize = 50 * 1024 * 1024;

/// Bytes of its files together.
const UNZIPPED_LIMIT: u64 = 250 * 1024 * 1024;

const PACKAGE: &str = "package.zip";
const TASK: &str = "task";
const SEAL: &str = "task.seal";
/// What the seal of unpacked files is for.
const UNPACKED: &str = "the files of a deployment package";

/// The packages of a state's folder.
#[derive(Debug, Clone)]
pub struct Packages {
    folder: PathBuf,
    key: Key,
    /// The files that were looked at, as they were then.
    known: Arc<Mutex<BTreeMap<String, Stamps>>>,
}

impl Packages {
    /// Those below Lambda's folder; `key` seals what was unpacked.
    pub fn below(service_dir: &Path, key: Key) -> Self {
        // Functions run in another folder than the one a relative path is relative to.
        let folder = std::path::absolute(service_dir).unwrap_or_else(|_| service_dir.to_owned());
        Self {
            folder: folder.join("code"),
            key,
            known: Arc::default(),
        }
    }

    /// The folder with the files of a package, `LAMBDA_TASK_ROOT`.
    pub fn task_root(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256).join(TASK)
    }

    /// Keeps a zip. The files are unpacked by [`Packages::unpack`].
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep(&self, zip: &[u8], sha256: &str) -> io::Result<()> {
        let folder = self.folder.join(sha256);
        let package = folder.join(PACKAGE);
        safe_files::make_private_folders(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        io::Write::write_all(&mut file, zip)?;
        // One that is there already may be another than its name says.
        file.persist(package)?;
        Ok(())
    }

    /// Unpacks a kept zip, unless its files are there and still what they were. Asked for
    /// before they are run.
    ///
    /// # Errors
    /// When the disk refuses, or the zip is damaged or another than its name says.
    pub fn unpack(&self, sha256: &str) -> io::Result<()> {
        if self.is_unpacked(sha256)? {
            return Ok(());
        }
        let root = self.task_root(sha256);
        let folder = self.folder.join(sha256);
        let zip = fs::read(folder.join(PACKAGE))?;
        if const_hex::encode(Sha256::digest(&zip)) != sha256 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the kept zip is not the one that was uploaded",
            ));
        }
        let mut archive = ZipArchive::new(Cursor::new(zip))?;
        let unpacked = tempfile::TempDir::new_in(&folder)?;
        extract(&mut archive, unpacked.path())?;
        let seal = self.seal(sha256, &tree::digest(unpacked.path())?);
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        io::Write::write_all(&mut file, seal.as_bytes())?;
        file.persist(folder.join(SEAL))?;
        if root.exists() {
            // Not what was unpacked once.
            fs::remove_dir_all(&root)?;
        }
        // Another one may have been quicker; the files are the same.
        match fs::rename(unpacked.keep(), &root) {
            Err(error) if !root.exists() => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether the files of a package are there, none more and none changed.
    fn is_unpacked(&self, sha256: &str) -> io::Result<bool> {
        let root = self.task_root(sha256);
        if !root.exists() {
            return Ok(false);
        }
        // A time of change that nobody can set back stands for the content.
        let stamps = tree::stamps(&root)?;
        let known = |known: &mut BTreeMap<String, Stamps>| known.get(sha256) == Some(&stamps);
        if known(&mut self.known()) {
            return Ok(true);
        }
        let seal = match fs::read_to_string(self.folder.join(sha256).join(SEAL)) {
            Ok(seal) => seal,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let content = sealed_content(sha256, &tree::digest(&root)?);
        let same = self.key.is_seal(UNPACKED, content.as_bytes(), &seal);
        if same {
            self.known().insert(sha256.to_owned(), stamps);
        }
        Ok(same)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Stamps>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal(&self, sha256: &str, digest: &str) -> String {
        let content = sealed_content(sha256, digest);
        self.key.seal(UNPACKED, content.as_bytes())
    }

    /// Removes the packages that are not `in_use`. Only while nothing runs.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sweep(&self, in_use: &dyn Fn(&str) -> bool) -> io::Result<()> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(in_use) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Which files belong to which zip.
fn sealed_content(sha256: &str, digest: &str) -> String {
    format!("{sha256} {digest}")
}

/// Hash and size of a zip that AWS would take.
///
/// # Errors
/// `InvalidParameterValueException` for what is no zip or unzips to too much,
/// `RequestEntityTooLargeException` for a zip that is too large.
pub fn inspect(zip: &[u8]) -> ServiceResult<Code> {
    if zip.is_empty() {
        return Err(errors::invalid("Uploaded file must be a non-empty zip"));
    }
    if zip.len() > ZIP_LIMIT {
        return Err(ServiceError::new(
            413,
            "RequestEntityTooLargeException",
            format!("Request must be smaller than {ZIP_LIMIT} bytes for the zip of a function"),
        ));
    }
    let archive = ZipArchive::new(Cursor::new(zip)).map_err(|_| unreadable())?;
    let mut unzipped: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|_| unreadable())?;
        if entry.encrypted() || entry.enclosed_name().is_none() {
            return Err(unreadable());
        }
        if entry.is_symlink() {
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            return Err(ServiceError::not_implemented(format!(
                "symbolic links in a function's zip ({name})"
            )));
        }
        unzipped = unzipped.saturating_add(entry.size());
    }
    if unzipped >= UNZIPPED_LIMIT {
        return Err(errors::invalid(format!(
            "Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes"
        )));
    }
    Ok(Code {
        sha256: const_hex::encode(Sha256::digest(zip)),
        size: zip.len() as u64,
    })
}

fn unreadable() -> ServiceError {
    errors::invalid(
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )
}

fn extract<R: Read + io::Seek>(archive: &mut ZipArchive<R>, folder: &Path) -> io::Result<()> {
    let mut room = UNZIPPED_LIMIT;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let Some(name) = entry.enclosed_name() else {
            return Err(io::Error::other("a file outside of the package"));
        };
        let path = folder.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mode = entry.unix_mode().unwrap_or(0o644);
        let mut file = fs::File::create(&path)?;
        // The sizes that the zip claims were checked; these are the real ones.
        let written = io::copy(&mut Read::take(&mut entry, room + 1), &mut file)?;
        room = room
            .checked_sub(written)
            .ok_or_else(|| io::Error::other("the files are larger than the zip says"))?;
        set_mode(&file, mode)?;
    }
    Ok(())
}

/// Keeps the executable bits; readable by the owner in any case.
#[cfg(unix)]
fn set_mode(file: &fs::File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode((mode & 0o755) | 0o400))
}

#[cfg(not(unix))]
fn set_mode(_file: &fs::File, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn zip(files: &[(&str, &str, u32)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text, mode) in files {
            let options = SimpleFileOptions::default().unix_permissions(*mode);
            writer.start_file(*name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_package_is_kept_and_unpacked_with_its_executable_bits() {
        let folder = tempfile::tempdir().unwrap();
        let packages = Packages::below(folder.path(), Key::random().unwrap());
        let zip = zip(&[
            ("bootstrap", "#!/bin/sh\n", 0o755),
            ("data/words.txt", "a", 0o644),
        ]);
        let code = inspect(&zip).unwrap();
        packages.keep(&zip, &code.sha256).unwrap();
        packages.unpack(&code.sha256).unwrap();
        packages.unpack(&code.sha256).unwrap();
        let root = packages.task_root(&code.sha256);
        assert_eq!(
            fs::read_to_string(root.join("data/words.txt")).unwrap(),
            "a"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode();
            assert_eq!(mode("bootstrap") & 0o777, 0o755);
            assert_eq!(mode("data/words.txt") & 0o777, 0o644);
        }
        packages.sweep(&|name| name == code.sha256).unwrap();
        assert!(root.exists());
        packages.sweep(&|_| false).unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn what_is_no_good_zip_is_refused() {
        let code = |zip: &[u8]| inspect(zip).unwrap_err().code.into_owned();
        assert_eq!(code(b""), "InvalidParameterValueException");
        assert_eq!(code(b"not a zip"), "InvalidParameterValueException");
        let outside = zip(&[("../outside", "x", 0o644)]);
        assert_eq!(code(&outside), "InvalidParameterValueException");
    }

    #[test]
    fn a_damaged_package_does_not_leave_half_of_itself() {
        let folder = tempfile::tempdir().unwrap();
        let packages = Packages::below(folder.path(), Key::random().unwrap());
        let mut zip = zip(&[("bootstrap", &"some text ".repeat(50), 0o755)]);
        zip[45] ^= 0xff;
        let sha256 = const_hex::encode(Sha256::digest(&zip));
        packages.keep(&zip, &sha256).unwrap();
        assert!(packages.unpack(&sha256).is_err());
        assert!(!packages.task_root(&sha256).exists());
    }

    #[test]
    fn files_that_are_not_those_of_the_zip_are_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::random().unwrap();
        let packages = Packages::below(folder.path(), key.clone());
        let zip = zip(&[
            ("bootstrap", "#!/bin/sh\n", 0o755),
            ("data/words.txt", "a", 0o644),
        ]);
        let sha256 = inspect(&zip).unwrap().sha256;
        packages.keep(&zip, &sha256).unwrap();
        packages.unpack(&sha256).unwrap();
        let root = packages.task_root(&sha256);
        let changes: [&dyn Fn(); 5] = [
            &|| fs::write(root.join("bootstrap"), "#!/bin/sh\nevil\n").unwrap(),
            &|| fs::write(root.join("data/more.txt"), "b").unwrap(),
            &|| fs::remove_file(root.join("data/words.txt")).unwrap(),
            &|| fs::create_dir(root.join("more")).unwrap(),
            &|| {
                fs::remove_file(root.join("bootstrap")).unwrap();
                std::os::unix::fs::symlink("/bin/sh", root.join("bootstrap")).unwrap();
            },
        ];
        for change in changes {
            change();
            packages.unpack(&sha256).unwrap();
            assert_eq!(
                fs::read_to_string(root.join("bootstrap")).unwrap(),
                "#!/bin/sh\n"
            );
            let names: Vec<String> = tree::stamps(&root).unwrap().names();
            assert_eq!(names, ["bootstrap", "data", "data/words.txt"]);
        }
        // In another process, and with files that somebody else unpacked.
        let again = Packages::below(folder.path(), key);
        assert!(again.is_unpacked(&sha256).unwrap());
        let other = Packages::below(folder.path(), Key::random().unwrap());
        assert!(!other.is_unpacked(&sha256).unwrap());
        // A zip in place of the kept one.
        fs::remove_dir_all(&root).unwrap();
        fs::write(folder.path().join("code").join(&sha256).join(PACKAGE), "x").unwrap();
        assert!(again.unpack(&sha256).is_err());
    }
}
