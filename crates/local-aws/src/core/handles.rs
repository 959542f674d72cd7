//! What services keep in memory beside the state: connections, running processes, caches.
//! Each names its own by its type.

use std::any::{Any, TypeId};
use std::collections::HashMap;

/// One value of each type.
#[derive(Default)]
pub struct Handles(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Handles {
    /// One more; of two of a type the later one stays.
    pub fn insert<T: Any + Send + Sync>(&mut self, handle: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(handle));
    }

    /// The one of this type.
    ///
    /// # Panics
    /// When no service that was registered gave one: a service asks for its own handles and
    /// for those of its peers, which are in the same list.
    #[allow(clippy::expect_used, reason = "the invariant that is stated above")]
    pub fn get<T: Any + Send + Sync>(&self) -> &T {
        self.0
            .get(&TypeId::of::<T>())
            .and_then(|handle| handle.downcast_ref())
            .expect("a handle of a registered service")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_found_by_its_type() {
        let mut handles = Handles::default();
        handles.insert(1_u8);
        handles.insert("text".to_owned());
        handles.insert(2_u8);
        assert_eq!(*handles.get::<u8>(), 2);
        assert_eq!(handles.get::<String>(), "text");
    }
}
