//! Byte offsets to lines and columns.

/// The offsets at which the lines of a text begin.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
    length: usize,
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            starts: std::iter::once(0)
                .chain(newlines.map(|(offset, _)| offset + 1))
                .collect(),
            length: text.len(),
        }
    }

    /// Line and column (both from 1, the column in characters) of a byte offset.
    pub(crate) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        (line, text[start..offset].chars().count() + 1)
    }

    /// The offset of the byte that a line and a column in bytes (both from 1) name.
    pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied();
        (start.unwrap_or(self.length) + column.saturating_sub(1)).min(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a\nüüx\n";
        let lines = Lines::of(text);
        assert_eq!(lines.position(text, 0), (1, 1));
        assert_eq!(lines.position(text, text.find('x').unwrap()), (2, 3));
        assert_eq!(lines.position(text, text.len()), (3, 1));
        assert_eq!(
            lines.position(text, 3),
            (2, 1),
            "inside a character: its start"
        );
        assert_eq!(lines.offset(2, 1), 2);
        assert_eq!(lines.offset(9, 9), text.len());
    }
}
