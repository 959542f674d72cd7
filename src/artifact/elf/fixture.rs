//! Makes small ELF files for tests: headers, a dynamic section, and the tables
//! of symbol versions, but no code.

/// What the file shall be; starts as a static x86-64 executable.
pub(crate) struct Fixture {
    pub machine: u16,
    pub class: u8,
    pub abi: u8,
    pub kind: u16,
    pub entry: u64,
    pub loader: Option<&'static str>,
    pub sections: bool,
    /// The shared library that it needs, if any.
    pub library: &'static str,
    /// Version name, whether only weak references want it, the symbols.
    pub needs: Vec<(&'static str, bool, Vec<&'static str>)>,
}

impl Default for Fixture {
    fn default() -> Self {
        Self {
            machine: 62,
            class: 2,
            abi: 0,
            kind: 3,
            entry: 0x1000,
            loader: None,
            sections: true,
            library: "libc.so.6",
            needs: Vec::new(),
        }
    }
}

const HEADER: usize = 64;
const SEGMENT: usize = 56;

impl Fixture {
    /// An x86-64 executable that is linked against glibc.
    pub fn glibc(needs: Vec<(&'static str, bool, Vec<&'static str>)>) -> Self {
        Self {
            loader: Some("/lib64/ld-linux-x86-64.so.2"),
            needs,
            ..Self::default()
        }
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        let mut strings = vec![0_u8];
        let mut intern = |text: &str| {
            let offset = strings.len() as u32;
            strings.extend_from_slice(text.as_bytes());
            strings.push(0);
            offset
        };

        let library = intern(self.library);
        let mut symbols = vec![0_u8; 24];
        let mut symbol_versions = vec![0_u8; 2];
        let mut versions = Vec::new();
        for (position, (version, weak, names)) in self.needs.iter().enumerate() {
            let index = position as u16 + 2;
            let last = position + 1 == self.needs.len();
            versions.extend_from_slice(&0_u32.to_le_bytes());
            versions.extend_from_slice(&if *weak { 2_u16 } else { 0 }.to_le_bytes());
            versions.extend_from_slice(&index.to_le_bytes());
            versions.extend_from_slice(&intern(version).to_le_bytes());
            versions.extend_from_slice(&if last { 0_u32 } else { 16 }.to_le_bytes());
            for name in names {
                symbols.extend_from_slice(&intern(name).to_le_bytes());
                symbols.extend_from_slice(&[if *weak { 0x22 } else { 0x12 }, 0, 0, 0]);
                symbols.extend_from_slice(&[0; 16]);
                symbol_versions.extend_from_slice(&index.to_le_bytes());
            }
        }
        let mut needed = Vec::new();
        if !self.needs.is_empty() {
            needed.extend_from_slice(&1_u16.to_le_bytes());
            needed.extend_from_slice(&(self.needs.len() as u16).to_le_bytes());
            needed.extend_from_slice(&library.to_le_bytes());
            needed.extend_from_slice(&16_u32.to_le_bytes());
            needed.extend_from_slice(&0_u32.to_le_bytes());
            needed.append(&mut versions);
        }
        let mut dynamic = Vec::new();
        if self.loader.is_some() {
            dynamic.extend_from_slice(&1_u64.to_le_bytes());
            dynamic.extend_from_slice(&u64::from(library).to_le_bytes());
        }
        dynamic.extend_from_slice(&[0; 16]);
        let mut loader = self.loader.unwrap_or_default().as_bytes().to_vec();
        loader.push(0);

        let mut file = vec![0_u8; HEADER + 2 * SEGMENT];
        let mut place = |bytes: &[u8]| {
            file.resize(file.len().next_multiple_of(8), 0);
            let offset = file.len() as u64;
            file.extend_from_slice(bytes);
            (offset, bytes.len() as u64)
        };
        let loader = place(&loader);
        let strings = place(&strings);
        let symbols = place(&symbols);
        let symbol_versions = place(&symbol_versions);
        let needed = place(&needed);
        let dynamic = place(&dynamic);

        // Type, where, linked section, entry size.
        let mut table = vec![0_u8; 64];
        for (kind, (offset, size), link, entry) in [
            (3_u32, strings, 0_u32, 0_u64),
            (11, symbols, 1, 24),
            (0x6fff_ffff, symbol_versions, 2, 2),
            (0x6fff_fffe, needed, 1, 0),
            (6, dynamic, 1, 16),
        ] {
            table.extend_from_slice(&0_u32.to_le_bytes());
            table.extend_from_slice(&kind.to_le_bytes());
            table.extend_from_slice(&[0; 16]);
            table.extend_from_slice(&offset.to_le_bytes());
            table.extend_from_slice(&size.to_le_bytes());
            table.extend_from_slice(&link.to_le_bytes());
            table.extend_from_slice(&1_u32.to_le_bytes());
            table.extend_from_slice(&8_u64.to_le_bytes());
            table.extend_from_slice(&entry.to_le_bytes());
        }
        let table = place(&table);

        let mut head = Vec::new();
        head.extend_from_slice(&[0x7f, b'E', b'L', b'F', self.class, 1, 1, self.abi]);
        head.extend_from_slice(&[0; 8]);
        head.extend_from_slice(&self.kind.to_le_bytes());
        head.extend_from_slice(&self.machine.to_le_bytes());
        head.extend_from_slice(&1_u32.to_le_bytes());
        head.extend_from_slice(&self.entry.to_le_bytes());
        head.extend_from_slice(&(HEADER as u64).to_le_bytes());
        let (sections, count) = if self.sections { (table.0, 6) } else { (0, 0) };
        head.extend_from_slice(&sections.to_le_bytes());
        head.extend_from_slice(&0_u32.to_le_bytes());
        for number in [HEADER as u16, SEGMENT as u16, 2, 64, count, count.min(1)] {
            head.extend_from_slice(&number.to_le_bytes());
        }
        // Without a loader the first segment is of no kind (PT_NULL).
        let loader_kind = if self.loader.is_some() { 3_u32 } else { 0 };
        for (kind, (offset, size)) in [(loader_kind, loader), (2, dynamic)] {
            head.extend_from_slice(&kind.to_le_bytes());
            head.extend_from_slice(&4_u32.to_le_bytes());
            for number in [offset, offset, offset, size, size, 8] {
                head.extend_from_slice(&number.to_le_bytes());
            }
        }
        file[..head.len()].copy_from_slice(&head);
        file
    }
}
