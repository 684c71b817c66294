use super::{super::*, files::check_yaml_refused};

fn set(text: &str) -> Result<Hparams, HparamError> {
    let mut hparams = Hparams::default();
    hparams.apply_overrides(text)?;
    Ok(hparams)
}

/// What an override does to one hyper-parameter, as text.
fn check(text: &str, name: &str, expected: &str) {
    let hparams = set(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(hparams.get(name).unwrap().to_string(), expected, "{text}");
}

/// The message with which a text is refused.
fn check_refused(text: &str, expected: &str) {
    assert_eq!(set(text).unwrap_err().to_string(), expected, "{text}");
}

#[test]
fn overrides_are_typed_by_the_table() {
    check("learning_rate=1e-3", "learning_rate", "0.001");
    check("learning_rate=0.001,batch_size=8", "batch_size", "8");
    check("use_guided_attn=False", "use_guided_attn", "false");
    check("use_guided_attn=1", "use_guided_attn", "true");
    check("grad_clip_thresh=2", "grad_clip_thresh", "2.0");
    check("lr_schedule=noam", "lr_schedule", "noam");
    check("mel_mode='hifigan'", "mel_mode", "hifigan");
    check(
        "ignore_layers=[a.weight,'b,c']",
        "ignore_layers",
        "[a.weight,b,c]",
    );
    check("ignore_layers=[]", "ignore_layers", "[]");
    check("ignore_layers[0]=x", "ignore_layers", "[x]");
    check(
        "text_cleaners=[english_cleaners]",
        "text_cleaners",
        "[english_cleaners]",
    );
    check(
        "text_cleaners=english_cleaners",
        "text_cleaners",
        "[english_cleaners]",
    );
    check(
        "training_files=/my data/a.csv",
        "training_files",
        "/my data/a.csv",
    );
}

#[test]
fn other_names_reach_the_same_value() {
    check("dropout_decoder=0.3", "p_decoder_dropout", "0.3");
    check("guided_attention_weight=3", "guide_loss_weight", "3.0");
    check("guided_attn_weight=3", "guide_loss_weight", "3.0");
    check("guided_attention_enabled=False", "use_guided_attn", "false");
}

#[test]
fn a_refusal_names_value_and_remedy() {
    let message = set("learning_rat=1e-3").unwrap_err().to_string();
    let expected =
        "no hyper-parameter is called `learning_rat`; hint: did you mean `learning_rate` or ";
    assert!(message.starts_with(expected), "{message}");
    check_refused(
        "zzz=1",
        "no hyper-parameter is called `zzz`; hint: `diktor hparams` lists them all",
    );
    check_refused(
        "batch_size=many",
        "`batch_size` = `many`: expected a whole number",
    );
    check_refused(
        "batch_size=1.5",
        "`batch_size` = `1.5`: expected a whole number",
    );
    check_refused(
        "batch_size=[1]",
        "`batch_size` = `[1]`: expected a whole number",
    );
    check_refused(
        "learning_rate=nan",
        "`learning_rate` = `nan`: expected a number",
    );
    check_refused(
        "mask_padding=yes",
        "`mask_padding` = `yes`: expected true or false",
    );
    check_refused("batch_size=0", "`batch_size` = `0`: expected 1 to 256");
    check_refused("batch_size=-3", "`batch_size` = `-3`: expected 1 to 256");
    check_refused(
        "learning_rate=1",
        "`learning_rate` = `1.0`: expected 1.0e-6 to 0.001",
    );
    check_refused(
        "encoder_kernel_size=4",
        "`encoder_kernel_size` = `4`: expected an odd number from 1 to 255",
    );
    check_refused(
        "lr_schedule=step",
        "`lr_schedule` = `step`: expected one of constant, exp, plateau, cosine, noam",
    );
    check_refused(
        "ignore_layers[3]=x",
        "`ignore_layers[3]`: the list has 1 entries, each one text",
    );
    check_refused(
        "batch_size[0]=1",
        "`batch_size[0]`: it is a whole number, not a list",
    );
    check_refused(
        "batch_size",
        "`batch_size`: there is no `=`; hint: write `name=value,list=[1,2],list[0]=3,text='a,b'`",
    );
}

#[test]
fn older_switches_choose_the_attention() {
    check("attention_type=forward_ta", "attention_type", "forward_ta");
    check("use_forward_attention=True", "attention_type", "forward");
    check("use_location_relative_attention=1", "attention_type", "dca");
    check(
        "use_location_sensitive_attention=True",
        "attention_type",
        "location",
    );
    check("use_forward_attention=False", "attention_type", "location");
    check(
        "use_forward_attention=True,use_forward_attention=False",
        "attention_type",
        "location",
    );
    check(
        "attention_type=dca,use_location_sensitive_attention=False",
        "attention_type",
        "dca",
    );
    check_refused(
        "use_location_sensitive_attention=False",
        "`use_location_sensitive_attention` = `False` does not say which attention instead; hint: set `attention_type` to one of forward, forward_ta, dca",
    );
    check_refused(
        "use_forward_attention=maybe",
        "`use_forward_attention` = `maybe`: expected true or false",
    );
    let yaml = "use_location_relative_attention: true\nuse_location_sensitive_attention: false";
    assert_eq!(
        Hparams::from_yaml(yaml).unwrap().attention_type,
        diktor_model::AttentionType::Dca
    );
}

#[test]
fn stages_are_read_in_every_form() {
    let all = "[0:6:64,10000:3:32]";
    check(&format!("gradual_training={all}"), "gradual_training", all);
    check("gradual_training=none", "gradual_training", "[]");
    check("gradual_training=[]", "gradual_training", "[]");
    check(
        "gradual_training=['[0, 6, 64]','[10000, 3]']",
        "gradual_training",
        "[0:6:64,10000:3]",
    );
    let nested = Hparams::from_yaml("gradual_training: [[0, 6, 64], [10000, 3, 32]]").unwrap();
    assert_eq!(nested.get("gradual_training").unwrap().to_string(), all);
    check_refused(
        "gradual_training=[6]",
        "`gradual_training` = `[6]`: expected stages `step:r` or `step:r:batch_size`, as `[0:6:64,10000:3:32]`",
    );
}

#[test]
fn a_refused_text_changes_nothing() {
    let mut hparams = Hparams::default();
    assert!(hparams.apply_overrides("batch_size=8,seed=x").is_err());
    assert!(hparams.apply_yaml("batch_size: 8\nseed: x\n").is_err());
    assert_eq!(hparams, Hparams::default());
}

/// What is told about a text of overrides, one line for each word.
fn told(text: &str) -> Vec<String> {
    let sources = Sources {
        overrides: Some(text),
        ..Sources::default()
    };
    let resolved = resolve(&sources).unwrap_or_else(|error| panic!("{text}: {error}"));
    resolved.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn features_that_are_not_here_are_taken_with_a_word() {
    for text in [
        "fp16_run=false,distributed_run=False",
        "xavier_init=True,dynamic_loss_scaling=False,max_wav_value=32768.0",
        "cudnn_enabled=True,cudnn_benchmark=True",
        "fp16_run=True,fp16_run=False",
    ] {
        assert_eq!(set(text).unwrap(), Hparams::default(), "{text}");
        assert_eq!(told(text), [""; 0], "{text}");
    }
    let f16 = "`fp16_run`: nothing trains in f16 here, the run computes in f32; hint: `weight_dtype=bf16` is what saves \
               memory traffic on the CPU";
    assert_eq!(told("fp16_run=True"), [f16]);
    let all = told("distributed_run=True,fp16_run=1,dynamic_loss_scaling=True");
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(
        told("n_trials=50,search_algorithm=optuna,patience=5"),
        [
            "`n_trials`: for the tuner, which this version does not have: the training starts without it (the same for \
             `search_algorithm`)"
        ]
    );
    assert_eq!(set("fp16_run=True").unwrap(), Hparams::default());
    assert_eq!(
        Hparams::from_yaml("fp16_run: true").unwrap(),
        Hparams::default()
    );
}

#[test]
fn what_would_be_another_training_is_refused() {
    check_refused(
        "load_mel_from_disk=True",
        "`load_mel_from_disk` = `True`: reading mel spectrograms instead of recordings is not available in this version; \
         hint: remove it or set `load_mel_from_disk=false`",
    );
    check_refused(
        "fp16_run=perhaps",
        "`fp16_run` = `perhaps`: expected true or false",
    );
    check_refused(
        "n_trials=many",
        "`n_trials` = `many`: expected a whole number",
    );
    check_refused(
        "fp16_rum=True",
        "no hyper-parameter is called `fp16_rum`; hint: did you mean `fp16_run`?",
    );
}

#[test]
fn all_mistakes_of_a_text_are_told_at_once() {
    let message = set("learning_rate=1e3,batch_size=16,seed=x,zzz=1")
        .unwrap_err()
        .to_string();
    let expected = "3 mistakes\n  `learning_rate` = `1000.0`: expected 1.0e-6 to 0.001\n  `seed` = `x`: expected a whole \
                    number\n  no hyper-parameter is called `zzz` (`diktor hparams` lists them all)";
    assert_eq!(message, expected);
    check_yaml_refused("batch_size: 0\nseed: x\n", "2 mistakes");
}

#[test]
fn a_folder_of_mlflow_is_told_to_be_nobodys_server() {
    let told = told("tracking_uri=mlruns");
    assert!(
        told[0].contains("`tracking_uri`") && told[0].contains("export mlflow-db"),
        "{told:?}"
    );
}

#[test]
fn a_single_value_is_set_like_an_override() {
    let mut hparams = Hparams::default();
    hparams
        .set("text_cleaners", "[english_cleaners, basic_cleaners]")
        .unwrap();
    assert_eq!(
        hparams.text_cleaners,
        ["english_cleaners", "basic_cleaners"]
    );
    hparams.set("training_files", "a,b=c[1].csv").unwrap();
    assert_eq!(hparams.training_files, "a,b=c[1].csv");
    hparams.set("batch-size", " 8 ").unwrap();
    assert_eq!(hparams.batch_size, 8);
}

#[test]
fn values_that_do_not_fit_together_are_refused() {
    let check = |text: &str, expected: &str| {
        let message = set(text).unwrap().validate().unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    };
    check(
        "n_frames_per_step=2",
        "`n_frames_per_step` = `2` is above `r_max` = `1`",
    );
    check(
        "mel_fmax=12000",
        "`mel_fmax` = `12000` is above half of `sampling_rate` = `22050`",
    );
    check(
        "mel_fmin=8000",
        "`mel_fmin` = `8000` is not below `mel_fmax`",
    );
    check(
        "win_length=2048",
        "does not fit into `filter_length` = `1024`",
    );
    check("hop_length=2048", "leaves out samples");
    check(
        "encoder_embedding_dim=511,symbols_embedding_dim=511",
        "is odd",
    );
    check("encoder_embedding_dim=256", "differ");
    check(
        "min_mel_frames=2000",
        "`min_mel_frames` = `2000` is above `max_mel_frames`",
    );
    check(
        "learning_rate=1e-5,learning_rate_min=1e-4",
        "`learning_rate_min`",
    );
    check("lr_schedule=noam,warmup_steps=0", "`warmup_steps`");
    let hparams = Hparams {
        batch_size: 0,
        ..Hparams::default()
    };
    assert!(matches!(
        hparams.validate(),
        Err(HparamError::OutOfRange { .. })
    ));
}

#[test]
fn options_of_training_that_exclude_each_other_are_refused() {
    let check = |text: &str, expected: &str| {
        let message = set(text).unwrap().validate().unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    };
    check(
        "attention_type=dca,use_attention_smoothing=True",
        "`use_attention_smoothing` has no meaning",
    );
    check(
        "gradual_training=[0:2]",
        "stage `0:2` of `gradual_training` has 2 frames per step, `r_max` is `1`",
    );
    check(
        "gradual_training=[0:1:300]",
        "stage `0:1:300` of `gradual_training` has an impossible batch size",
    );
    check(
        "r_max=2,gradual_training=[10:2,10:1]",
        "stage `10:1` of `gradual_training` does not begin after `10:2`",
    );
    check("gradual_diagonality=0.7", "has no stages to open");
    check(
        "teacher_forcing_start_ratio=0.9,teacher_forcing_end_ratio=0.95",
        "`teacher_forcing_end_ratio` = `0.95` is above",
    );
    check(
        "p_teacher_forcing=0.9,teacher_forcing_end_ratio=0.8",
        "exclude each other",
    );
}

#[test]
fn unusual_values_are_told() {
    let check = |text: &str, expected: &[&str]| {
        let warnings = set(text).unwrap().validate().unwrap();
        let names: Vec<&str> = warnings.iter().map(|warning| warning.name).collect();
        assert_eq!(names, expected, "{text}");
    };
    check("batch_size=2", &["batch_size"]);
    check("batch_size=65", &["batch_size"]);
    check(
        "p_attention_dropout=0.2,p_decoder_dropout=0.45",
        &["p_attention_dropout", "p_decoder_dropout"],
    );
    check("prenet_dropout=0.01", &["prenet_dropout"]);
    check("use_guided_attn=False", &["use_guided_attn"]);
    check("p_teacher_forcing=0.9", &["p_teacher_forcing"]);
    check("teacher_forcing_end_ratio=0.8", &["p_teacher_forcing"]);
    check("max_decoder_steps=200", &["max_decoder_steps"]);
}

#[test]
fn a_list_of_numbers_is_written_in_a_file_and_in_an_override_alike() {
    check("ref_enc_filters=[8,16]", "ref_enc_filters", "[8,16]");
    check(
        "ref_enc_filters[0]=4",
        "ref_enc_filters",
        "[4,32,64,64,128,128]",
    );
    let file = Hparams::from_yaml("ref_enc_filters: [8, 16]").unwrap();
    assert_eq!(file.ref_enc_filters, [8, 16]);
    for text in ["[8,x]", "[0]", "[]", "[-3]"] {
        check_refused(
            &format!("ref_enc_filters={text}"),
            &format!("`ref_enc_filters` = `{text}`: expected 1 to 8192"),
        );
    }
}

#[test]
fn variants_that_do_not_fit_together_are_refused() {
    for (text, expected) in [
        (
            "use_tps_gst=1",
            "`use_tps_gst` predicts a style, and `use_gst` is off",
        ),
        (
            "use_gst=1,num_heads=3",
            "`token_embedding_size` = `256` is no multiple of `num_heads` = `3`",
        ),
        (
            "use_ddc=1,r_max=4,r=4",
            "`ddc_reduction_factor` = `6` is no multiple of `n_frames_per_step` = `4` above it",
        ),
        (
            "use_ddc=1,r_max=4,gradual_training=[0:4,100:2]",
            "`ddc_reduction_factor` = `6` is no multiple of the 4 frames per step of stage `0:4`",
        ),
    ] {
        let message = set(text).unwrap().validate().unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    let warnings = set("use_mmi=1").unwrap().validate().unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].name, "drop_frame_rate");
}
