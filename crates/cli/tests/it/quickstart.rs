//! `quickstart`: the contract of its result, on a network too small to learn anything.

use std::fs;

use crate::harness::diktor;

/// The smallest network that has all the parts.
pub(crate) const SMALL: &str = "batch_size=4,validation_freq=100,max_decoder_steps=10,\
    symbols_embedding_dim=16,encoder_embedding_dim=16,prenet_dim=8,attention_rnn_dim=16,\
    attention_dim=8,attention_location_n_filters=2,decoder_rnn_dim=16,postnet_embedding_dim=8";

#[test]
fn the_result_holds_what_was_promised() {
    for (lang, text) in [
        ("en", "The fox sold a kettle."),
        ("ru", "Лиса продала чайник."),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let line = format!(
            "quickstart --lang {lang} --text '{text}' --steps 1 --seed 5 --json -q --hparams {SMALL}"
        );
        let ran = diktor(folder.path(), &line);
        let result = ran.ok().json();
        for name in [
            "diagonality",
            "gate_accuracy",
            "mel_error",
            "mcd_db",
            "seconds",
        ] {
            assert!(result[name].is_number(), "`{name}`: {result}");
        }
        for name in ["diagonality", "runaway_rate", "premature_rate"] {
            assert!(
                result["free_running"][name].is_number(),
                "`{name}`: {result}"
            );
        }
        assert_eq!((&result["steps"], &result["seed"]), (&1.into(), &5.into()));
        assert_eq!(result["free_running"]["sentences"], 24);
        assert_eq!(result["run_dir"], "output/quickstart");
        for path in result["wav"]
            .as_array()
            .unwrap()
            .iter()
            .chain([&result["report"]])
        {
            let path = folder.path().join(path.as_str().unwrap());
            assert!(
                fs::metadata(&path).unwrap().len() > 100,
                "{}",
                path.display()
            );
        }
        assert!(
            result["wav"][0]
                .as_str()
                .unwrap()
                .ends_with("your-text.wav")
        );
        let line = "train --mode validate -o output/quickstart --json -q";
        let judged = diktor(folder.path(), line).ok().json();
        let corpus = judged["dataset"].as_str().unwrap();
        assert!(
            corpus.ends_with(&format!("demo/{lang}")),
            "the run knows its recordings: {judged}"
        );
        assert_eq!(
            judged["metrics"]["alignment.diagonality"],
            result["diagonality"]
        );
    }
}
