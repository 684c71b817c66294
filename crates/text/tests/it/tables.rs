//! The symbol tables.

use diktor_text::{SymbolTable, TextError};

#[test]
fn nvidias_table_has_its_148_symbols_in_its_order() {
    let table = SymbolTable::nvidia();
    assert_eq!(table.len(), 148);
    // Landmarks of NVIDIA/tacotron2 text/symbols.py.
    for (symbol, id) in [
        ("_", 0),
        ("-", 1),
        ("!", 2),
        ("'", 3),
        ("(", 4),
        (")", 5),
        (",", 6),
        (".", 7),
        (":", 8),
        (";", 9),
        ("?", 10),
        (" ", 11),
        ("A", 12),
        ("Z", 37),
        ("a", 38),
        ("z", 63),
        ("@AA", 64),
        ("@AA0", 65),
        ("@B", 88),
        ("@HH", 106),
        ("@ZH", 147),
    ] {
        assert_eq!(table.id(symbol), Some(id), "{symbol}");
        assert_eq!(table.symbol(id), Some(symbol));
    }
    assert_eq!(table.begin_end(), None);
}

#[test]
fn the_russian_table_holds_every_letter_of_the_alphabet() {
    let table = SymbolTable::russian();
    assert_eq!(table.len(), 3 + 1 + 11 + 1 + 33 + 26);
    for letter in "абвгдеёжзийклмнопрстуфхцчшщъыьэюя".chars() {
        assert!(table.id(&letter.to_string()).is_some(), "{letter}");
    }
    assert_eq!(table.id("ё"), table.id("е").map(|id| id + 1));
    assert_eq!((table.pad(), table.begin_end()), (0, Some((1, 2))));
}

#[test]
fn a_table_survives_json() {
    for table in [SymbolTable::nvidia(), SymbolTable::russian()] {
        let json = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<SymbolTable>(&json).unwrap(), table);
    }
    assert!(serde_json::from_str::<SymbolTable>(r#"["_", "a", "a"]"#).is_err());
}

#[test]
fn a_table_that_would_shift_ids_is_refused() {
    let table = |symbols: &[&str]| {
        SymbolTable::from_symbols(symbols.iter().map(|s| s.to_string()).collect())
    };
    assert_eq!(table(&[]), Err(TextError::EmptyTable));
    assert_eq!(table(&["_", ""]), Err(TextError::EmptySymbol { index: 1 }));
    let twice = TextError::DuplicateSymbol {
        symbol: "$".into(),
        first: 1,
        second: 3,
    };
    assert_eq!(table(&["_", "$", "a", "$"]), Err(twice));
}

#[test]
fn an_id_outside_the_table_is_refused() {
    let refused = SymbolTable::nvidia().decode(&[38, 148]);
    assert_eq!(refused, Err(TextError::UnknownId { id: 148, len: 148 }));
}

#[test]
fn letters_phonemes_and_stress_sound_and_punctuation_does_not() {
    let names = |table: &SymbolTable| -> Vec<String> {
        let symbol = |id: &u32| table.symbol(*id).unwrap().to_owned();
        table.spoken().iter().map(symbol).collect()
    };
    let nvidia = names(&SymbolTable::nvidia());
    assert_eq!(nvidia.len(), 26 + 26 + 84);
    assert!(nvidia.contains(&"@AW1".to_owned()) && !nvidia.contains(&" ".to_owned()));
    let russian = names(&SymbolTable::russian());
    assert_eq!(russian.len(), 1 + 33 + 26);
    assert!(russian.contains(&"+".to_owned()) && !russian.contains(&"-".to_owned()));
}
