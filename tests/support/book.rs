//! Configurations that a manual shows.

/// The ```toml blocks of a manual, each with the number of its first line.
pub fn blocks(book: &str) -> Vec<(usize, String)> {
    let (mut blocks, mut open) = (Vec::new(), None::<(usize, String)>);
    for (index, line) in book.lines().enumerate() {
        match (&mut open, line.trim_end()) {
            (None, "```toml") => open = Some((index + 2, String::new())),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some((_, text)), line) => text.extend([line, "\n"]),
            (None, _) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// The same of one chapter, whose heading is `## NAME`.
pub fn recipes(book: &str, chapter: &str) -> Vec<String> {
    let named = |text: &&str| text.lines().next() == Some(chapter);
    let text = book.split("\n## ").find(named).unwrap_or_else(|| panic!("there is no chapter `{chapter}`"));
    blocks(text).into_iter().map(|(_, block)| block).collect()
}
