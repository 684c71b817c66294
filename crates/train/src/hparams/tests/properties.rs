use proptest::prelude::*;

use super::super::*;

/// Hyper-parameters with every value drawn from its range.
fn any_hparams() -> impl Strategy<Value = Hparams> {
    proptest::collection::vec((any::<u64>(), "(?s).{0,12}"), HPARAMS.len()).prop_map(|draws| {
        let mut hparams = Hparams::default();
        for (row, (number, text)) in HPARAMS.iter().zip(draws) {
            let share = number as f64 / u64::MAX as f64;
            let value = match (row.range, row.kind) {
                (Range::Any, Kind::Bool) => Value::Bool(number % 2 == 0),
                (Range::Any, Kind::List) => Value::List(vec![text.clone(), text]),
                (Range::Any, _) => Value::Text(text),
                (Range::Int(low, high), Kind::List) => {
                    Value::List(vec![low.to_string(), high.to_string()])
                }
                (Range::Int(low, high), _) => {
                    Value::Int(low + (number % (high - low) as u64) as i64)
                }
                (Range::Odd(low, _), _) => Value::Int(low + 2 * (number % 9) as i64),
                (Range::Float(low, high), _) => {
                    Value::Float((low + share * (high - low)).min(high))
                }
                (Range::Stages, _) => {
                    let size = number % 5 + 1;
                    Value::List(vec![
                        format!("0:{size}"),
                        format!("{}:1:{size}", number / 9),
                    ])
                }
                (Range::Choice(names), Kind::List) => {
                    Value::List(vec![names[number as usize % names.len()].to_owned()])
                }
                (Range::Choice(names), _) => {
                    Value::Text(names[number as usize % names.len()].to_owned())
                }
            };
            hparams.set_value(row, &value).unwrap();
        }
        hparams
    })
}

proptest! {
    #[test]
    fn yaml_gives_back_what_was_written(hparams in any_hparams()) {
        let read = Hparams::from_yaml(&hparams.to_yaml()).unwrap();
        prop_assert_eq!(&read, &hparams);
        prop_assert_eq!(read.to_yaml(), hparams.to_yaml());
    }

    #[test]
    fn json_gives_back_what_was_written(hparams in any_hparams()) {
        let text = serde_json::to_string(&hparams).unwrap();
        prop_assert_eq!(serde_json::from_str::<Hparams>(&text).unwrap(), hparams);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(place in 0..2000_usize, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = Hparams::default().to_yaml().into_bytes();
        let place = place % bytes.len();
        bytes[place] ^= byte;
        if cut {
            bytes.truncate(place);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(hparams) = Hparams::from_yaml(&text) {
            let _ = hparams.validate();
        }
    }
}
