use std::{collections::BTreeMap, path::Path};

use super::super::*;

pub(super) fn check_yaml_refused(text: &str, expected: &str) {
    let message = Hparams::from_yaml(text).unwrap_err().to_string();
    assert!(message.contains(expected), "{text}\n{message}");
}

#[test]
fn yaml_values_have_their_types() {
    let text = "learning_rate: 1e-4\nweight_decay: 1.0e-6\ngrad_clip_thresh: 1\nmask_padding: False\n\
                text_cleaners: [english_cleaners]\nignore_layers: []\nmel_cache_dir: \"\"\nseed: 9223372036854775807\n";
    let hparams = Hparams::from_yaml(text).unwrap();
    assert_eq!(
        (hparams.learning_rate, hparams.grad_clip_thresh),
        (1e-4, 1.0)
    );
    assert_eq!(
        (hparams.mask_padding, hparams.seed),
        (false, i64::MAX as u64)
    );
    assert_eq!(hparams.ignore_layers, Vec::<String>::new());
    assert_eq!(Hparams::from_yaml("").unwrap(), Hparams::default());
    assert_eq!(
        Hparams::from_yaml("# nothing\n").unwrap(),
        Hparams::default()
    );
}

#[test]
fn yaml_of_another_form_is_refused() {
    check_yaml_refused("batch_sise: 8", "did you mean `batch_size`");
    check_yaml_refused("batch_size: \"8\"", "expected a whole number");
    check_yaml_refused("batch_size: 8.5", "expected a whole number");
    check_yaml_refused("batch_size: [8]", "expected a whole number");
    check_yaml_refused(
        "batch_size:",
        "`batch_size` = `none`: expected a whole number",
    );
    check_yaml_refused("batch_size: 300", "expected 1 to 256");
    check_yaml_refused("learning_rate: .nan", "non-finite");
    check_yaml_refused("mask_padding: yes", "expected true or false");
    check_yaml_refused("training_files: 7", "expected text");
    check_yaml_refused(
        "batch_size: 8\nbatch_size: 9",
        "not a configuration in YAML",
    );
    check_yaml_refused("- a\n- b", "not a configuration in YAML");
    check_yaml_refused("a: [", "not a configuration in YAML");
    check_yaml_refused(
        &format!("seed: {}", "[".repeat(100_000)),
        "not a configuration in YAML",
    );
    check_yaml_refused(&"#".repeat(2 << 20), "bytes");
}

#[test]
fn sections_are_typed() {
    check_yaml_refused(
        "mlflow: {port: 5000}",
        "no section is called `mlflow`; hint: there are encryption, optimization, quality_control, search_space, telegram",
    );
    let quiet = "optimization: {}\nsearch_space:\n";
    assert_eq!(Hparams::from_yaml(quiet).unwrap(), Hparams::default());
    check_yaml_refused(
        "optimization: {n_trials: many}",
        "section `optimization`: invalid type",
    );
    check_yaml_refused(
        "quality_control: {gate_accuracy_threshold: 7}",
        "`gate_accuracy_threshold` = `7.0`: expected 0.0 to 1.0",
    );
    check_yaml_refused(
        "quality_control: {gate_accuracy: 0.7}",
        "section `quality_control`: unknown field `gate_accuracy`",
    );
    check_yaml_refused(
        "search_space: {learning_rat: {type: uniform, low: 0, high: 1}}",
        "did you mean",
    );
    check_yaml_refused(
        "search_space: {seed: {type: normal, low: 0, high: 1}}",
        "section `search_space`",
    );
}

#[test]
fn what_a_file_says_to_the_tuner_is_taken_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tuner.yaml");
    let text = "search_algorithm: optuna\noptimization: {n_trials: 20}\nbatch_size: 9\nsearch_space:\n  learning_rate: \
                {type: loguniform, low: 1e-5, high: 1e-3}\n";
    std::fs::write(&config, text).unwrap();
    let sources = Sources {
        config: Some(&config),
        ..Sources::default()
    };
    let Resolved { hparams, warnings } = resolve(&sources).unwrap();
    assert_eq!(hparams.batch_size, 9);
    let [word] = &warnings[..] else {
        panic!("{warnings:?}")
    };
    for name in [
        "`optimization`",
        "`search_algorithm`",
        "`search_space`",
        "the training starts without it",
    ] {
        assert!(word.to_string().contains(name), "{word}");
    }
}

/// What the sources come to.
fn resolved(preset: &str, flags: &[(&str, &str)], overrides: &str) -> Resolved {
    let flags: Vec<(&str, String)> = flags
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    let sources = Sources {
        preset: Some(preset).filter(|name| !name.is_empty()),
        flags: &flags,
        overrides: Some(overrides),
        ..Sources::default()
    };
    resolve(&sources).unwrap()
}

#[test]
fn the_weight_of_guided_attention_alone_is_the_weight_from_the_first_step() {
    let check = |preset: &str, overrides: &str, expected: (f64, f64)| {
        let hparams = resolved(preset, &[], overrides).hparams;
        let found = (hparams.guide_loss_initial_weight, hparams.guide_loss_weight);
        assert_eq!(found, expected, "{preset} {overrides}");
    };
    check("", "guide_loss_weight=5.0", (5.0, 5.0));
    check("", "guided_attn_weight=0", (0.0, 0.0));
    check("base", "", (2.5, 1.0));
    check("base", "guide_loss_weight=3", (3.0, 3.0));
    check("base", "guide_loss_initial_weight=3", (3.0, 1.0));
    check(
        "base",
        "guide_loss_weight=2,guide_loss_initial_weight=4",
        (4.0, 2.0),
    );
    check("stable", "guide_loss_weight=2.0", (2.0, 2.0));
    check("tiny", "batch_size=4", (5.0, 5.0));
    let written = resolved("base", &[], "").hparams.to_yaml();
    assert_eq!(
        Hparams::from_yaml(&written)
            .unwrap()
            .guide_loss_initial_weight,
        2.5
    );
}

#[test]
fn epochs_that_are_said_later_than_steps_end_the_run() {
    let check = |preset: &str, flags: &[(&str, &str)], overrides: &str, expected: (u64, u64)| {
        let Resolved { hparams, warnings } = resolved(preset, flags, overrides);
        let found = (hparams.epochs, hparams.max_steps);
        assert_eq!(found, expected, "{preset} {flags:?} {overrides}");
        warnings.iter().any(|one| one.name == "epochs")
    };
    assert!(!check("demo", &[], "batch_size=8", (500, 4200)));
    assert!(check("demo", &[("epochs", "1")], "batch_size=8", (1, 0)));
    assert!(check("demo", &[], "epochs=2", (2, 0)));
    assert!(!check("demo", &[("max_steps", "9")], "seed=1", (500, 9)));
    assert!(!check("demo", &[("max_steps", "9")], "epochs=2", (2, 9)));
    assert!(!check("demo", &[("epochs", "2")], "max_steps=9", (2, 9)));
    assert!(!check("tiny", &[("epochs", "2")], "seed=1", (2, 0)));
}

#[test]
fn the_section_on_quality_sets_the_limits_of_alarm() {
    let text =
        "quality_control: {attention_diagonality_threshold: 0.25, gradient_norm_threshold: 12}";
    let expected = Hparams {
        attention_diagonality_threshold: 0.25,
        gradient_norm_threshold: 12.0,
        ..Hparams::default()
    };
    assert_eq!(Hparams::from_yaml(text).unwrap(), expected);
}

#[test]
fn the_section_on_encryption_names_recipients() {
    let keys = [(); 2].map(|()| diktor_track::seal::KeyPair::generate().recipient);
    let text = format!("encryption: {{recipients: [{}]}}", keys.join(", "));
    let hparams = Hparams::from_yaml(&text).unwrap();
    assert_eq!(hparams.encryption_recipients, keys);
    assert!(hparams.validate().is_ok());
    let again = Hparams::from_yaml(&hparams.to_yaml()).unwrap();
    assert_eq!(again.encryption_recipients, keys);
    let wrong = Hparams::from_yaml("encryption: {recipients: [age1x]}").unwrap();
    let error = wrong.validate().unwrap_err().to_string();
    assert!(
        error.contains("`encryption_recipients`: `age1x`"),
        "{error}"
    );
    check_yaml_refused(
        "encryption: {recipient: x}",
        "section `encryption`: unknown field `recipient`",
    );
}

#[test]
fn sections_of_other_crates_are_handed_on_and_never_shown() {
    let secret = "telegram: {enabled: true, bot_token: \"123:SECRET\"}";
    let mut hparams = Hparams::default();
    let sections = hparams.apply_yaml(secret).unwrap();
    assert_eq!(hparams, Hparams::default());
    assert!(!sections.is_empty() && Sections::default().is_empty());
    assert!(!format!("{sections:?}{}", hparams.to_yaml()).contains("SECRET"));
    let section: BTreeMap<String, serde_json::Value> = sections.get("telegram").unwrap();
    assert_eq!(section["bot_token"], "123:SECRET");
    let error = sections.get::<BTreeMap<String, bool>>("telegram");
    assert!(
        error
            .unwrap_err()
            .to_string()
            .starts_with("section `telegram`: ")
    );
    let broken = format!("{secret}\n]");
    let error = hparams.apply_yaml(&broken).unwrap_err().to_string();
    assert!(!error.contains("SECRET"), "{error}");
}

#[test]
fn later_sources_win() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    std::fs::write(&config, "batch_size: 9\nseed: 9\nepochs: 9\n").unwrap();
    let flags = [("seed", "8".to_owned()), ("epochs", "8".to_owned())];
    let sources = Sources {
        preset: Some("demo"),
        config: Some(&config),
        flags: &flags,
        overrides: Some("epochs=7"),
    };
    let Resolved { hparams, warnings } = resolve(&sources).unwrap();
    assert_eq!(hparams.encoder_embedding_dim, 256);
    assert_eq!(
        (hparams.batch_size, hparams.seed, hparams.epochs),
        (9, 8, 7)
    );
    assert_eq!(hparams.weight_decay, Hparams::default().weight_decay);
    // The preset's number of steps gives way to the epochs, and that is told.
    let told: Vec<&str> = warnings.iter().map(|warning| warning.name).collect();
    assert_eq!((hparams.max_steps, told), (0, vec!["epochs"]));
}

#[test]
fn a_refusal_says_where_the_value_came_from() {
    let check = |sources: Sources<'_>, expected: &str| {
        assert_eq!(resolve(&sources).unwrap_err().to_string(), expected);
    };
    let missing = Sources {
        preset: Some("huge"),
        ..Sources::default()
    };
    check(
        missing,
        "no preset is called `huge`; hint: choose one of tiny, demo, base, prototype, stable, quality",
    );
    let flags = [("batch_size", "0".to_owned())];
    let flag = Sources {
        flags: &flags,
        ..Sources::default()
    };
    check(
        flag,
        "flag for `batch_size`: `batch_size` = `0`: expected 1 to 256",
    );
    let text = Sources {
        overrides: Some("seed=x"),
        ..Sources::default()
    };
    check(text, "`--hparams`: `seed` = `x`: expected a whole number");
    let file = Sources {
        config: Some(Path::new("no/such.yaml")),
        ..Sources::default()
    };
    assert!(
        resolve(&file)
            .unwrap_err()
            .to_string()
            .starts_with("`no/such.yaml`: ")
    );
}
