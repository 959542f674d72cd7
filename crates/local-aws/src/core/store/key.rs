//! The user's key: what a folder, a server or unpacked code is sealed with, so that it is
//! known again and nobody else's is taken for it.

use std::fmt;
use std::io;

use hmac::{Hmac, KeyInit as _, Mac as _};
use safe_files::PrivateFolder;
use sha2::Sha256;

const FILE: &str = "key";
const LENGTH: usize = 32;

/// A secret of 32 bytes.
#[derive(Clone)]
pub struct Key([u8; LENGTH]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key that nobody has.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The key that is kept in the user's folder, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or is no key.
    pub fn find(folder: &PrivateFolder) -> io::Result<Option<Self>> {
        let Some(text) = folder.read(FILE)? else {
            return Ok(None);
        };
        std::str::from_utf8(&text)
            .ok()
            .and_then(Self::from_hex)
            .map(Some)
            .ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("{} is no key", folder.path().join(FILE).display()),
                )
            })
    }

    /// The key that is kept in the user's folder, made when there is none.
    ///
    /// # Errors
    /// Those of [`Key::find`] and [`Key::random`].
    pub fn find_or_make(folder: &PrivateFolder) -> io::Result<Self> {
        if let Some(key) = Self::find(folder)? {
            return Ok(key);
        }
        let key = Self::random()?;
        if folder.create(FILE, key.to_hex().as_bytes())? {
            return Ok(key);
        }
        // Another process was quicker.
        Self::find(folder)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        const_hex::decode_to_array(text.trim()).ok().map(Self)
    }

    /// As 64 hexadecimal digits.
    pub fn to_hex(&self) -> String {
        const_hex::encode(self.0)
    }

    /// What only a holder of the key can say of `content`: HMAC-SHA-256 in hexadecimal.
    /// A seal of one `purpose` is none of another.
    pub fn seal(&self, purpose: &str, content: &[u8]) -> String {
        let mac = self.mac(purpose, content);
        const_hex::encode(mac.finalize().into_bytes())
    }

    /// Whether a seal is right; takes as long for a wrong one.
    pub fn is_seal(&self, purpose: &str, content: &[u8], seal: &str) -> bool {
        let Some(Self(seal)) = Self::from_hex(seal) else {
            return false;
        };
        self.mac(purpose, content).verify_slice(&seal).is_ok()
    }

    fn mac(&self, purpose: &str, content: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a key up to the hash's block of 64 bytes with zeros.
        let mut block = [0; 64];
        block[..LENGTH].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(content);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::make(&folder.path().join("f")).unwrap();
        assert!(Key::find(&folder).unwrap().is_none());
        let key = Key::find_or_make(&folder).unwrap();
        let again = Key::find_or_make(&folder).unwrap();
        assert_eq!(key.to_hex(), again.to_hex());
        folder.replace(FILE, b"no key").unwrap();
        assert!(Key::find_or_make(&folder).is_err());
    }

    #[test]
    fn a_seal_is_of_one_key_one_purpose_and_one_content() {
        let key = Key([1; LENGTH]);
        let seal = key.seal("folder", b"/a");
        assert!(key.is_seal("folder", b"/a", &seal));
        assert!(!key.is_seal("folder", b"/b", &seal));
        assert!(!key.is_seal("code", b"/a", &seal));
        assert!(!Key([2; LENGTH]).is_seal("folder", b"/a", &seal));
        assert!(!key.is_seal("folder", b"/a", ""));
        assert!(!key.is_seal("folder", b"/a", &"é".repeat(32)));
    }
}
