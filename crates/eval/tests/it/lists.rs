//! Lists of pairs.

use std::{fs, path::Path};

use diktor_eval::{EvalError, Pair, read_pairs};

fn read(bytes: &[u8]) -> Result<Vec<Pair>, EvalError> {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("pairs.txt");
    fs::write(&list, bytes).unwrap();
    let pairs = read_pairs(&list)?;
    let inside = |path: &Path| path.strip_prefix(folder.path()).unwrap_or(path).to_owned();
    Ok(pairs
        .into_iter()
        .map(|pair| Pair {
            reference: inside(&pair.reference),
            spoken: inside(&pair.spoken),
            ..pair
        })
        .collect())
}

#[test]
fn pairs_are_read_with_and_without_text() {
    let pairs =
        read(b"\xef\xbb\xbf# mine\r\na.wav | b.wav\r\n\r\nc.wav|/d.wav|Yes | no.\r\n").unwrap();
    let pair = |reference: &str, spoken: &str, text: Option<&str>| Pair {
        reference: reference.into(),
        spoken: spoken.into(),
        text: text.map(str::to_owned),
    };
    let expected = [
        pair("a.wav", "b.wav", None),
        pair("c.wav", "/d.wav", Some("Yes | no.")),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn a_list_that_is_none_says_where() {
    let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let line = said(b"a.wav|b.wav\n\nc.wav\n");
    assert!(line.contains("line 3: one path alone"), "{line}");
    assert!(said(b"a.wav||text\n").contains("a path is empty"));
    assert!(said(b"# nothing\n").contains("no pair"));
    assert!(said(b"\x00\x01").contains("not a text file"));
    let absent = read_pairs(Path::new("no/such/list")).unwrap_err();
    assert!(matches!(absent, EvalError::Io { .. }));
}
