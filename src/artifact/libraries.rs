//! The shared libraries that an executable finds on Lambda. Pure.

/// What `provided.al2023` has, by `DT_NEEDED` name. The runtime is made from the
/// Amazon Linux 2023 minimal container image (Amazon Linux 2023 user guide, "Using
/// AL2023 in AWS Lambda"), whose package manager and curl need these packages: glibc,
/// libgcc, libstdc++, zlib, openssl-libs 3, libcurl-minimal, xz-libs, bzip2-libs,
/// libzstd, sqlite-libs, libxml2, libffi, krb5-libs (aws/aws-lambda-base-images#173
/// and amazonlinux/amazon-linux-2023#585 list the packages of images made from it).
/// Others may be there too; nobody promises it.
const PROVIDED: &[&str] = &[
    // glibc 2.34; most of them are empty since, and are kept for what names them.
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libresolv.so.2",
    "libanl.so.1",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libz.so.1",
    "libssl.so.3",
    "libcrypto.so.3",
    "libcurl.so.4",
    "liblzma.so.5",
    "libbz2.so.1",
    "libzstd.so.1",
    "libsqlite3.so.0",
    "libxml2.so.2",
    "libffi.so.8",
    "libgssapi_krb5.so.2",
    "libkrb5.so.3",
];

/// Those of `needed` that Lambda lacks and that are not among the `carried` ones:
/// the files that come in the zip, by their path in it.
pub(super) fn missing(needed: &[String], carried: &[String]) -> Vec<String> {
    needed
        .iter()
        .filter(|name| !PROVIDED.contains(&name.as_str()))
        .filter(|name| !carried.iter().any(|path| is_found(path, name)))
        .cloned()
        .collect()
}

/// Lambda looks in the zip's root and in its folder `lib` (`LD_LIBRARY_PATH` holds
/// both: AWS Lambda developer guide, "Defined runtime environment variables"). Where
/// else the executable's own path leads is not judged: it may be anywhere in the zip.
fn is_found(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_library_is_there_or_comes_along_or_is_missing() {
        let needed = texts(&["libc.so.6", "libgcc_s.so.1", "libssl.so.1.1", "libmine.so"]);
        assert_eq!(missing(&needed, &[]), ["libssl.so.1.1", "libmine.so"]);
        let carried = texts(&["bootstrap", "lib/libmine.so"]);
        assert_eq!(missing(&needed, &carried), ["libssl.so.1.1"]);
        assert!(missing(&texts(&["libssl.so.3", "libz.so.1"]), &[]).is_empty());
    }
}
