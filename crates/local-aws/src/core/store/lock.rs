//! One process at a time owns a folder, and says who it is.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};

use safe_files::PrivateFolder;
use serde::{Deserialize, Serialize};

use super::key::Key;

pub(super) const FILE: &str = "lock";

/// What a server's proof is a seal for.
const PROOF: &str = "vanity-deploy local serves";

/// The process that holds a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// What it does, e.g. `vanity-deploy local`.
    pub what: String,
    /// Where it serves whoever wants the folder; `None`: only itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// An embedded AWS that is there for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Its URL, `http://127.0.0.1:PORT`.
    pub url: String,
    /// The Region it plays.
    pub region: String,
    /// What it proves by that it is the one; only who may read the folder knows it.
    pub token: Token,
}

/// The secret of one server, from its start to its end: a port may be somebody else's
/// by the time it is spoken to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(Key);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random() -> io::Result<Self> {
        Key::random().map(Self)
    }

    /// What only the holder answers to a challenge.
    pub fn proof(&self, challenge: &str) -> String {
        self.0.seal(PROOF, challenge.as_bytes())
    }

    /// Whether an answer to a challenge is the holder's.
    pub fn is_proof(&self, challenge: &str, proof: &str) -> bool {
        self.0.is_seal(PROOF, challenge.as_bytes(), proof)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        // Of two tokens of one's own: nobody measures how long it takes.
        self.0.to_hex() == other.0.to_hex()
    }
}

impl Eq for Token {}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0.to_hex()
    }
}

impl TryFrom<String> for Token {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Key::from_hex(&text).map(Self).ok_or("no token")
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.what, self.pid)
    }
}

/// A lock that is held, until it is dropped or the process ends, however that ends.
#[derive(Debug)]
pub(super) struct Lock(File);

/// Who has it, or what went wrong.
pub(super) enum NotTaken {
    Held(Holder),
    Io(io::Error),
}

impl From<io::Error> for NotTaken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Lock {
    /// Takes the lock of a folder and writes who has it.
    pub(super) fn take(folder: &PrivateFolder, holder: &Holder) -> Result<Self, NotTaken> {
        let mut file = folder.open(FILE)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Best effort: the holder may be writing its line just now.
                let _ = file.read_to_string(&mut text);
                let holder = serde_json::from_str(&text).unwrap_or_else(|_| Holder {
                    pid: 0,
                    what: "another process".to_owned(),
                    served: None,
                });
                return Err(NotTaken::Held(holder));
            }
            Err(TryLockError::Error(source)) => return Err(NotTaken::Io(source)),
        }
        let line = serde_json::to_string(holder).map_err(io::Error::other)?;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(line.as_bytes())?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An address that nobody serves any more is nobody's. Best effort: who is killed
        // leaves it behind, and then the token tells.
        let _ = self.0.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_proves_that_it_is_the_one() {
        let token = Token::random().unwrap();
        let told: Token = String::from(token.clone()).try_into().unwrap();
        assert_eq!(token, told);
        let proof = token.proof("challenge");
        assert!(told.is_proof("challenge", &proof));
        assert!(!told.is_proof("another", &proof));
        assert!(!Token::random().unwrap().is_proof("challenge", &proof));
        assert!(Token::try_from("no token".to_owned()).is_err());
    }

    #[test]
    fn the_lock_is_empty_when_nobody_has_it() {
        let above = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::make(&above.path().join("f")).unwrap();
        let holder = Holder {
            pid: 1,
            what: "test".to_owned(),
            served: None,
        };
        let Ok(lock) = Lock::take(&folder, &holder) else {
            panic!("it is free");
        };
        assert!(matches!(Lock::take(&folder, &holder), Err(NotTaken::Held(who)) if who == holder));
        drop(lock);
        assert_eq!(folder.read(FILE).unwrap().unwrap(), b"");
        assert!(Lock::take(&folder, &holder).is_ok());
    }
}
