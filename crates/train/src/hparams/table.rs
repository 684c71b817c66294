//! The table: every hyper-parameter that works, once.
//!
//! A row reads: name, type, default, range, other names, where the default comes from, what it
//! does in English and in Russian. Parsing, validation, `diktor hparams` and the documentation
//! derive from it; no default stands anywhere else.

use diktor_audio::MelMode;
use diktor_model::{AttentionType, GstMode, WeightDtype};

use super::{
    choice::{GST_MODES, Locale, LrSchedule, MEL_MODES, WEIGHT_DTYPES},
    hparam::{Group, Hparam, hparams},
    stage::Stage,
    value::{
        Range::{Any, Choice, Float, Int, Odd, Stages},
        Typed,
    },
};

const MAX_STEPS: i64 = 1_000_000_000;
const SIZE: i64 = 8192;
const CLEANERS: &[&str] = &[
    "english_cleaners",
    "russian_cleaners",
    "basic_cleaners",
    "transliteration_cleaners",
];

hparams! {
    Run {
        epochs: u64 = 500, Int(1, MAX_STEPS), [], "NVIDIA",
            "How many times the training set is gone through.",
            "Сколько раз пройти обучающую выборку.";
        max_steps: u64 = 0, Int(0, MAX_STEPS), [], "Diktor",
            "Ends the run after so many optimiser steps; 0 leaves it to `epochs`. Where `epochs` is said later than this, the epochs end the run; where both are typed on one line, what is over sooner.",
            "Завершает обучение через столько шагов оптимизатора; 0 — решает `epochs`. Если `epochs` указан позже, решает он; если оба набраны в одной строке — то, что наступит раньше.";
        seed: u64 = 1234, Int(0, i64::MAX), [], "NVIDIA",
            "The one seed of data order, dropout and initial weights; the same seed repeats a run on the same machine.",
            "Единственное зерно для порядка данных, dropout и начальных весов; с тем же зерном на той же машине обучение повторяется.";
        locale: Locale = Locale::En, Choice(Locale::NAMES), [], "Diktor",
            "Language of the console, reports and alerts.",
            "Язык консоли, отчётов и уведомлений.";
        tensorboard_logging: bool = true, Any, [], "specification",
            "Writes TensorBoard events into the run directory.",
            "Пишет события TensorBoard в каталог запуска.";
        mlflow_logging: bool = true, Any, [], "specification",
            "Keeps metrics, parameters and files of the run in its local store, and delivers them to MLflow where a server is named.",
            "Сохраняет метрики, параметры и файлы запуска в его локальном хранилище и отправляет их в MLflow, если указан сервер.";
        tracking_uri: String = String::new(), Any, ["mlflow_tracking_uri"], "specification",
            "Address of the MLflow server, `http://host:5000`. Empty: `MLFLOW_TRACKING_URI`, and without it the local store alone, as with `mlruns`, which is a folder that only MLflow itself writes.",
            "Адрес сервера MLflow, `http://host:5000`. Пусто: `MLFLOW_TRACKING_URI`, а без неё только локальное хранилище, как и при `mlruns`: этот каталог пишет лишь сам MLflow.";
        mlflow_experiment_name: String = String::new(), Any, [], "specification",
            "Experiment of MLflow that the run belongs to. Empty: `MLFLOW_EXPERIMENT_NAME`, and without it `Default`.",
            "Эксперимент MLflow, к которому относится запуск. Пусто: `MLFLOW_EXPERIMENT_NAME`, а без неё `Default`.";
        debug_reporting: bool = true, Any, [], "specification",
            "Writes a debug report into `reports/` of the run directory every `debug_report_interval` steps.",
            "Каждые `debug_report_interval` шагов пишет отладочный отчёт в `reports/` каталога запуска.";
        debug_report_interval: u64 = 500, Int(1, MAX_STEPS), [], "specification",
            "Steps between two debug reports.",
            "Через столько шагов пишется отладочный отчёт.";
        telegram_monitoring: bool = true, Any, [], "specification",
            "Sends messages about the run to Telegram, where a bot's token and a chat are known; without them nothing is sent.",
            "Шлёт уведомления о запуске в Telegram, если известны токен бота и чат; без них ничего не отправляется.";
        telegram_notification_interval: u64 = 1000, Int(1, MAX_STEPS), [], "specification",
            "Steps between two reports on the progress, to every channel.",
            "Через столько шагов приходит отчёт о ходе обучения, по всем каналам.";
        ledger_interval: u64 = 5, Int(0, MAX_STEPS), [], "Diktor",
            "Every so many steps each utterance of the batch is entered in the ledger (loss, attention, gate), from which wrong transcripts are found; 0 keeps no ledger. Training never sees it.",
            "Через столько шагов фразы батча заносятся в журнал (потери, внимание, гейт), по которому находятся неверные расшифровки; 0 — без журнала. На обучение не влияет.";
        encryption_recipients: Vec<String> = Vec::new(), Any, [], "Diktor",
            "Public age keys, `age1...`: every file is sealed for them before it is sent to a server; empty sends files as they are. `AGE_RECIPIENTS` is taken where nothing else names them.",
            "Открытые ключи age, `age1...`: перед отправкой на сервер ими шифруется каждый файл; пусто — файлы уходят как есть. Если ключи не указаны, берётся `AGE_RECIPIENTS`.";
    }
    Optimisation {
        batch_size: usize = 32, Int(1, 256), [], "specification",
            "Utterances per step and device; small corpora learn better from 8 to 16.",
            "Фраз за шаг на одном устройстве; малым корпусам лучше от 8 до 16.";
        gradient_accumulation_steps: usize = 1, Int(1, 1024), [], "Diktor",
            "Averages the gradients of so many batches into one step: a larger batch in the same memory.",
            "Усредняет градиенты стольких батчей за один шаг: больший батч в той же памяти.";
        learning_rate: f64 = 1e-4, Float(1e-6, 1e-3), [], "specification",
            "Base learning rate; from scratch 1e-3 aligns 3 to 10 times sooner than 1e-4.",
            "Базовая скорость обучения; при обучении с нуля выравнивание появляется при 1e-3 в 3–10 раз раньше, чем при 1e-4.";
        learning_rate_min: f64 = 1e-6, Float(0.0, 1e-3), [], "specification",
            "No schedule lowers the learning rate below this.",
            "Ниже этого значения скорость обучения не опускается ни по какому расписанию.";
        lr_schedule: LrSchedule = LrSchedule::Exp, Choice(LrSchedule::NAMES), [], "Tacotron 2 paper",
            "How the learning rate moves: `constant`, `exp` (held, then falls exponentially), `plateau` (halves when validation stalls), `cosine` (to the end of the run), `noam` (with the square root of the step).",
            "Как меняется скорость обучения: `constant`, `exp` (держится, затем падает экспоненциально), `plateau` (вдвое при застое валидации), `cosine` (до конца обучения), `noam` (с корнем из номера шага).";
        warmup_steps: u64 = 500, Int(0, MAX_STEPS), [], "Diktor",
            "The learning rate rises linearly from zero over so many steps; for `noam`, the step of its peak.",
            "За столько шагов скорость обучения линейно растёт от нуля; для `noam` — шаг её максимума.";
        lr_decay_start: u64 = 50_000, Int(0, MAX_STEPS), [], "Tacotron 2 paper",
            "Step from which `exp` falls.",
            "Шаг, с которого `exp` начинает падать.";
        lr_decay_steps: u64 = 100_000, Int(1, MAX_STEPS), [], "Tacotron 2 paper",
            "Over so many steps `exp` falls to a hundredth, and on.",
            "За столько шагов `exp` падает в сто раз, и так далее.";
        weight_decay: f64 = 1e-6, Float(0.0, 1e-3), [], "NVIDIA",
            "L2 term added to the gradient before Adam.",
            "Слагаемое L2, которое добавляется к градиенту перед Adam.";
        adam_beta1: f64 = 0.9, Float(0.0, 0.9999), [], "NVIDIA",
            "How long Adam remembers the gradient.",
            "Как долго Adam помнит градиент.";
        adam_beta2: f64 = 0.999, Float(0.0, 0.999_999), [], "NVIDIA",
            "How long Adam remembers the square of the gradient.",
            "Как долго Adam помнит квадрат градиента.";
        adam_epsilon: f64 = 1e-8, Float(1e-12, 1e-2), [], "NVIDIA",
            "Keeps Adam from dividing by zero; larger calms small gradients (the paper has 1e-6).",
            "Не даёт Adam делить на ноль; большее значение успокаивает малые градиенты (в статье 1e-6).";
        grad_clip_thresh: f64 = 1.0, Float(0.05, 5.0), [], "NVIDIA",
            "The L2 norm of all gradients together is scaled down to this.",
            "До этого значения обрезается норма L2 всех градиентов вместе.";
        adaptive_gradient_clipping: bool = false, Any, [], "AutoClip",
            "Lowers that limit to the 95th percentile of the last 1000 norms, at most to a tenth of it; never raises it.",
            "Опускает этот предел до 95-го процентиля последних 1000 норм, но не ниже его десятой доли; никогда не поднимает.";
        gradual_training: Vec<Stage> = Vec::new(), Stages, [], "Coqui TTS",
            "Stages of training, each `step:r` or `step:r:batch_size`: from that step on so many frames per decoder step and utterances per batch, instead of `n_frames_per_step` and `batch_size`. A change of the batch size begins a new epoch.",
            "Этапы обучения, каждый `шаг:r` или `шаг:r:batch_size`: с этого шага столько кадров за шаг декодера и фраз в батче вместо `n_frames_per_step` и `batch_size`. Смена размера батча начинает новую эпоху.";
        gradual_diagonality: f64 = 0.0, Float(0.0, 1.0), [], "Diktor",
            "Above 0, each stage of `gradual_training` after the first also waits for a full validation whose diagonality reaches this; 0 leaves it to the steps.",
            "Если больше 0, каждый этап `gradual_training` после первого ждёт ещё и полной валидации, на которой диагональность достигла этого значения; 0 — решают шаги.";
        p_teacher_forcing: f64 = 1.0, Float(0.0, 1.0), [], "NVIDIA",
            "Probability with which the decoder reads the true previous frame in training, else its own; below 1 a step costs a second pass of the decoder, and frames drift from their targets: for fine-tuning only.",
            "Вероятность, с которой декодер при обучении получает настоящий предыдущий кадр, а не свой; если она меньше 1, шаг стоит второго прохода декодера, а кадры расходятся с целью: только для дообучения.";
        teacher_forcing_start_ratio: f64 = 1.0, Float(0.0, 1.0), [], "specification",
            "The probability up to `teacher_forcing_decay_start`.",
            "Эта вероятность до шага `teacher_forcing_decay_start`.";
        teacher_forcing_end_ratio: f64 = 1.0, Float(0.0, 1.0), [], "specification",
            "The probability after the decay.",
            "Эта вероятность после спада.";
        teacher_forcing_decay_start: u64 = 10_000, Int(0, MAX_STEPS), [], "specification",
            "Step from which the probability falls.",
            "Шаг, с которого вероятность падает.";
        teacher_forcing_decay_steps: u64 = 50_000, Int(0, MAX_STEPS), [], "specification",
            "Over so many steps it gets to its end; 0 jumps.",
            "За столько шагов она приходит к концу; 0 — сразу.";
        min_teacher_forcing: f64 = 0.7, Float(0.0, 1.0), [], "specification",
            "The probability is never lower than this, whatever the others say.",
            "Ниже этого вероятность не опускается, что бы ни было в остальных настройках.";
    }
    Checkpoints {
        iters_per_checkpoint: u64 = 1000, Int(1, MAX_STEPS), [], "NVIDIA",
            "Every so many steps the whole validation set is measured and a checkpoint is written.",
            "Через столько шагов делается полная валидация и пишется чекпойнт.";
        keep_checkpoints: usize = 5, Int(1, 10_000), [], "Diktor",
            "How many numbered checkpoints stay; the last and the best always do.",
            "Сколько нумерованных чекпойнтов хранится; последний и лучший хранятся всегда.";
        validation_freq: u64 = 50, Int(1, MAX_STEPS), ["validate_interval"], "specification",
            "Every so many steps a small fixed part of the validation set is measured.",
            "Через столько шагов делается лёгкая валидация, на малой постоянной части выборки.";
        ignore_layers: Vec<String> = vec!["embedding.weight".to_owned()], Any, [], "NVIDIA",
            "Weights that a warm start leaves at their initial values.",
            "Веса, которые при `--warm-start` остаются начальными.";
        use_saved_learning_rate: bool = false, Any, [], "NVIDIA",
            "Continues with the learning rate stored in the checkpoint instead of the configured one.",
            "Продолжает со скоростью обучения из чекпойнта, а не из конфигурации.";
    }
    Data {
        dataset_path: String = "data/".to_owned(), Any, [], "specification",
            "Folder that relative paths of the file lists start from.",
            "Каталог, от которого отсчитываются относительные пути списков файлов.";
        training_files: String = "data/dataset/train.csv".to_owned(), Any, [], "specification",
            "List of the training set, one `path|text` per line.",
            "Список обучающей выборки, по одному `path|text` в строке.";
        validation_files: String = "data/dataset/val.csv".to_owned(), Any, [], "specification",
            "List of the validation set, one `path|text` per line.",
            "Список выборки для валидации, по одному `path|text` в строке.";
        mel_cache_dir: String = String::new(), Any, [], "Diktor",
            "Folder where computed mel spectrograms are kept between runs; empty keeps none.",
            "Каталог, где вычисленные мел-спектрограммы хранятся между запусками; пусто — не хранить.";
        text_cleaners: Vec<String> = vec!["russian_cleaners".to_owned()], Choice(CLEANERS), [], "specification",
            "How text is normalised, in order; the first also chooses the symbol table.",
            "Как нормализуется текст, по порядку; первый также определяет таблицу символов.";
        use_bucket_batching: bool = true, Any, [], "specification",
            "Puts utterances of like length into one batch, so that less of it is padding.",
            "Собирает в батч фразы близкой длины, чтобы в нём было меньше заполнения.";
        min_mel_frames: usize = 40, Int(1, 100_000), [], "Diktor",
            "Shorter utterances are left out.",
            "Более короткие фразы пропускаются.";
        max_mel_frames: usize = 1300, Int(1, 100_000), [], "Diktor",
            "Longer utterances are left out, never cut.",
            "Более длинные фразы пропускаются, но никогда не обрезаются.";
        max_text_len: usize = 300, Int(1, 100_000), [], "Diktor",
            "Utterances with more symbols are left out, never cut.",
            "Фразы с большим числом символов пропускаются, но никогда не обрезаются.";
        quarantine_file: String = String::new(), Any, [], "Diktor",
            "List of utterances that are left out of both sets, as `diktor prepare quarantine` writes it; empty leaves out none.",
            "Список фраз, исключаемых из обеих выборок, в том виде, как его пишет `diktor prepare quarantine`; пусто — ни одной.";
        trim_silence: bool = true, Any, [], "Diktor",
            "Cuts measured silence off both ends of a recording before its mel is taken.",
            "Срезает измеренную тишину с обоих концов записи до вычисления мел-спектрограммы.";
        drop_frame_rate: f64 = 0.0, Float(0.0, 0.4), [], "bfs18/tacotron2",
            "Share of the true frames that the decoder reads as the mean frame in training, so that it has to look at the text; with `use_mmi` 0.2 is usual.",
            "Доля настоящих кадров, вместо которых декодер при обучении читает средний кадр, чтобы смотреть в текст; с `use_mmi` обычно 0,2.";
        global_mean_npy: String = String::new(), Any, [], "bfs18/tacotron2",
            "NumPy file with the mean frame; empty computes it from the training set.",
            "Файл NumPy со средним кадром; пусто — вычислить по обучающей выборке.";
    }
    Audio {
        sampling_rate: u32 = 22_050, Int(4000, 192_000), [], "NVIDIA",
            "Sampling rate in Hz of recordings, features and synthesised sound.",
            "Частота дискретизации записей, признаков и синтеза, Гц.";
        filter_length: usize = 1024, Int(16, 65_536), [], "NVIDIA",
            "Samples in one Fourier transform.",
            "Отсчётов в одном преобразовании Фурье.";
        hop_length: usize = 256, Int(1, 65_536), [], "NVIDIA",
            "Samples from one frame to the next.",
            "Отсчётов от кадра до кадра.";
        win_length: usize = 1024, Int(16, 65_536), [], "NVIDIA",
            "Samples under the window, at most `filter_length`.",
            "Отсчётов под окном, не больше `filter_length`.";
        n_mel_channels: usize = 80, Int(1, 1024), [], "NVIDIA",
            "Mel bins per frame.",
            "Мел-полос в кадре.";
        mel_fmin: f64 = 0.0, Float(0.0, 96_000.0), [], "NVIDIA",
            "Lowest frequency of the mel bins, Hz.",
            "Нижняя частота мел-полос, Гц.";
        mel_fmax: f64 = 8000.0, Float(1.0, 96_000.0), [], "NVIDIA",
            "Highest frequency of the mel bins, Hz; at most half the sampling rate.",
            "Верхняя частота мел-полос, Гц; не больше половины частоты дискретизации.";
        mel_mode: MelMode = MelMode::Nv, Choice(MEL_MODES), [], "NVIDIA",
            "`nv` pads as Tacotron 2 does, `hifigan` as HiFi-GAN does (half a hop later).",
            "`nv` дополняет края как Tacotron 2, `hifigan` — как HiFi-GAN (на полшага позже).";
    }
    Model {
        symbols_embedding_dim: usize = 512, Int(1, SIZE), [], "NVIDIA",
            "Size of a symbol's vector, equal to `encoder_embedding_dim`.",
            "Размер вектора символа, равен `encoder_embedding_dim`.";
        encoder_embedding_dim: usize = 512, Int(2, SIZE), [], "NVIDIA",
            "Channels of the encoder; half of them for each direction of its LSTM, so even.",
            "Каналов в кодере; по половине на каждое направление его LSTM, поэтому чётное.";
        encoder_n_convolutions: usize = 3, Int(1, 32), [], "NVIDIA",
            "Convolutions before the encoder's LSTM.",
            "Свёрток перед LSTM кодера.";
        encoder_kernel_size: usize = 5, Odd(1, 255), [], "NVIDIA",
            "Symbols that one encoder convolution sees.",
            "Сколько символов видит одна свёртка кодера.";
        prenet_dim: usize = 256, Int(1, SIZE), [], "NVIDIA",
            "Units of both layers of the pre-net.",
            "Нейронов в каждом из двух слоёв пренета.";
        attention_rnn_dim: usize = 1024, Int(1, SIZE), [], "NVIDIA",
            "Units of the attention LSTM.",
            "Нейронов в LSTM внимания.";
        attention_dim: usize = 128, Int(1, SIZE), [], "NVIDIA",
            "Size of the space in which attention compares.",
            "Размер пространства, в котором сравнивает внимание.";
        attention_location_n_filters: usize = 32, Int(1, SIZE), [], "NVIDIA",
            "Filters over the previous attention weights.",
            "Фильтров по предыдущим весам внимания.";
        attention_location_kernel_size: usize = 31, Odd(1, 255), [], "NVIDIA",
            "Symbols that one such filter sees.",
            "Сколько символов видит один такой фильтр.";
        attention_type: AttentionType = AttentionType::Location, Choice(AttentionType::NAMES), [], "NVIDIA",
            "How attention finds its place: `location` (what a symbol is and where attention was), `forward` (it stays or moves one symbol on), `forward_ta` (an agent learns how likely it moves), `dca` (only where it was, and a prior that moves on).",
            "Как внимание находит место: `location` (по символу и по тому, где внимание было раньше), `forward` (стоит или переходит на один символ), `forward_ta` (вероятность перехода выучивает агент), `dca` (только по тому, где внимание было раньше, с априорным движением вперёд).";
        use_attention_smoothing: bool = false, Any, [], "Chorowski et al.",
            "Turns energies into weights with sigmoids instead of exponentials, so that several symbols can share attention; not for `dca`.",
            "Превращает энергии в веса сигмоидой вместо экспоненты, чтобы внимание могло лежать сразу на нескольких символах; не для `dca`.";
        decoder_rnn_dim: usize = 1024, Int(1, SIZE), [], "NVIDIA",
            "Units of the decoder LSTM.",
            "Нейронов в LSTM декодера.";
        postnet_embedding_dim: usize = 512, Int(1, SIZE), [], "NVIDIA",
            "Channels of the post-net.",
            "Каналов в постнете.";
        postnet_kernel_size: usize = 5, Odd(1, 255), [], "NVIDIA",
            "Frames that one post-net convolution sees.",
            "Сколько кадров видит одна свёртка постнета.";
        postnet_n_convolutions: usize = 5, Int(2, 32), [], "NVIDIA",
            "Convolutions of the post-net.",
            "Свёрток в постнете.";
        r_max: usize = 1, Int(1, 10), [], "Coqui TTS",
            "Frames per step the network is built for; `n_frames_per_step` may be lowered from here without new weights.",
            "На сколько кадров за шаг рассчитана сеть; `n_frames_per_step` можно уменьшать отсюда без новых весов.";
        n_frames_per_step: usize = 1, Int(1, 10), ["r", "reduction_factor"], "NVIDIA",
            "Frames per decoder step: more aligns sooner and runs faster, fewer sound finer.",
            "Кадров за шаг декодера: больше — раньше выравнивание и быстрее, меньше — тоньше звук.";
        p_attention_dropout: f64 = 0.1, Float(0.0, 0.5), [], "NVIDIA",
            "Dropout of the attention LSTM's output.",
            "Dropout на выходе LSTM внимания.";
        p_decoder_dropout: f64 = 0.1, Float(0.0, 0.5), ["dropout_decoder"], "NVIDIA",
            "Dropout of the decoder LSTM's output.",
            "Dropout на выходе LSTM декодера.";
        prenet_dropout: f64 = 0.5, Float(0.0, 0.9), [], "NVIDIA",
            "Dropout of the pre-net; much less than 0.5 and the decoder copies the last frame instead of reading the text.",
            "Dropout в пренете; если он заметно меньше 0,5, декодер копирует прошлый кадр вместо того, чтобы читать текст.";
        encoder_dropout: f64 = 0.5, Float(0.0, 0.9), [], "NVIDIA",
            "Dropout after each encoder convolution.",
            "Dropout после каждой свёртки кодера.";
        postnet_dropout: f64 = 0.5, Float(0.0, 0.9), [], "NVIDIA",
            "Dropout after each post-net convolution.",
            "Dropout после каждой свёртки постнета.";
        mask_padding: bool = true, Any, [], "NVIDIA",
            "Sets outputs past the end of an utterance to silence, so that padding costs nothing.",
            "Обнуляет выходы за концом фразы, чтобы заполнение не попадало в потери.";
        use_mmi: bool = false, Any, [], "specification",
            "Adds a recogniser that must be able to spell the text from what the decoder makes of it; gives the decoder another head, so it cannot change in mid-run.",
            "Добавляет распознаватель, который должен прочесть текст по состоянию декодера; выходной слой декодера при этом другой, поэтому по ходу обучения не переключается.";
        mmi_dim: usize = 1024, Int(1, SIZE), [], "bfs18/tacotron2",
            "Units of that head and of the recogniser.",
            "Нейронов в этом выходном слое и в распознавателе.";
        mmi_dropout: f64 = 0.5, Float(0.0, 0.9), [], "bfs18/tacotron2",
            "Dropout of that head and of the recogniser.",
            "Dropout в этом выходном слое и в распознавателе.";
        ddc_reduction_factor: usize = 6, Int(2, 64), [], "Coqui TTS",
            "Frames per step of the coarse decoder of `use_ddc_loss`, a multiple of `n_frames_per_step`.",
            "Кадров за шаг грубого декодера при `use_ddc_loss`, кратно `n_frames_per_step`.";
        use_gst: bool = false, Any, [], "specification",
            "Adds style tokens: the manner of each recording is told apart from its text.",
            "Добавляет токены стиля: манера каждой записи отделяется от её текста.";
        gst_mode: GstMode = GstMode::Concat, Choice(GST_MODES), [], "Style Tokens paper",
            "`concat` puts the style beside each encoded symbol, `add` projects and adds it, which keeps the shapes of the decoder.",
            "`concat` ставит стиль рядом с каждым закодированным символом, `add` проецирует и прибавляет, сохраняя размеры декодера.";
        token_num: usize = 10, Int(1, 1024), [], "Style Tokens paper",
            "How many styles there are to mix.",
            "Сколько стилей смешивается.";
        num_heads: usize = 4, Int(1, 64), [], "Coqui TTS",
            "Heads of the attention that mixes them.",
            "Голов у внимания, которое их смешивает.";
        token_embedding_size: usize = 256, Int(2, SIZE), [], "Style Tokens paper",
            "Channels of a style, a multiple of `num_heads`; even with `use_tps_gst`.",
            "Каналов в стиле, кратно `num_heads`; с `use_tps_gst` чётное.";
        ref_enc_filters: Vec<usize> = vec![32, 32, 64, 64, 128, 128], Int(1, SIZE), [], "Style Tokens paper",
            "Filters of the convolutions that read a recording; each halves time and frequency.",
            "Фильтров в свёртках, читающих запись; каждая вдвое сжимает время и частоту.";
        ref_enc_gru_size: usize = 128, Int(1, SIZE), [], "Style Tokens paper",
            "Units of the recurrent layer that follows them.",
            "Нейронов в рекуррентном слое после них.";
        use_tps_gst: bool = false, Any, [], "specification",
            "Learns to tell the style from the text, so that synthesis needs no recording.",
            "Учится определять стиль по тексту, чтобы синтезу не нужна была запись.";
        xavier_init: bool = true, Any, [], "specification",
            "Draws the first weights of affine maps and convolutions by Xavier's rule with the gain of what follows; `false`: uniform within 1/sqrt(inputs), as PyTorch does when nobody asks.",
            "Начальные веса линейных слоёв и свёрток берутся по правилу Ксавье с множителем того, что следует; `false` — равномерно в пределах 1/sqrt(входов), как делает PyTorch по умолчанию.";
        weight_dtype: WeightDtype = WeightDtype::F32, Choice(WEIGHT_DTYPES), [], "Diktor",
            "How the decoder's recurrent weights are stored while a pass reads them: `bf16` halves what small batches wait for; sums and what is trained stay f32. CPU only.",
            "Как хранятся рекуррентные веса декодера во время прохода: `bf16` вдвое сокращает то, чего ждут малые батчи; суммы и обучаемые веса остаются f32. Только CPU.";
    }
    Loss {
        loss_masking: bool = true, Any, [], "Diktor",
            "Averages the losses over true frames only; `false` is NVIDIA's mean over padding too.",
            "Усредняет потери только по настоящим кадрам; `false` — среднее NVIDIA вместе с заполнением.";
        gate_loss_weight: f64 = 1.0, Float(0.1, 20.0), [], "NVIDIA",
            "Weight of the stop loss.",
            "Вес потерь гейта.";
        gate_pos_weight: f64 = 1.0, Float(0.1, 20.0), [], "NVIDIA",
            "How much more a frame that ends an utterance counts in the stop loss; 5 to 20 teaches stopping sooner.",
            "Во сколько раз больше весит последний кадр в потерях гейта; со значениями от 5 до 20 голос учится останавливаться раньше.";
        use_guided_attn: bool = true, Any, ["guided_attention_enabled"], "specification",
            "Pulls attention towards the diagonal.",
            "Притягивает внимание к диагонали.";
        guide_loss_weight: f64 = 1.0, Float(0.0, 10.0), ["guided_attn_weight", "guided_attention_weight"], "specification",
            "Weight of guided attention; where `guide_loss_initial_weight` is named too, from the end of its decay on. 0 is off, unless an automatic fix finds that attention needs it. The phase of the run multiplies it, see `use_phases`.",
            "Вес направленного внимания; если указан и `guide_loss_initial_weight` — после окончания спада. 0 — выключено, пока автоматическое исправление не решит, что внимание без него не появится. Фаза обучения его умножает, см. `use_phases`.";
        guide_loss_initial_weight: f64 = 1.0, Float(0.0, 10.0), [], "specification",
            "Weight of guided attention until `guide_loss_decay_start`; a source that names `guide_loss_weight` alone sets this to the same.",
            "Вес направленного внимания до шага `guide_loss_decay_start`; если указан только `guide_loss_weight`, этот равен ему.";
        guide_loss_decay_start: u64 = 2000, Int(0, MAX_STEPS), [], "Diktor",
            "Step from which the weight moves from the initial to the final one.",
            "Шаг, с которого вес начинает переходить от начального к конечному.";
        guide_loss_decay_steps: u64 = 40_000, Int(0, MAX_STEPS), [], "Diktor",
            "Over so many steps it gets there; 0 jumps.",
            "За столько шагов вес становится конечным; 0 — сразу.";
        guide_sigma: f64 = 0.4, Float(0.1, 0.5), [], "Coqui TTS",
            "How far from the diagonal attention may go nearly unpunished, as a share of the utterance.",
            "На каком расстоянии от диагонали внимание почти не штрафуется, в долях фразы.";
        guide_sigma_final: f64 = 0.4, Float(0.1, 0.5), [], "specification",
            "Where `guide_sigma` goes while the weight decays, if this is narrower.",
            "К какому значению идёт `guide_sigma` за время спада веса, если оно меньше.";
        entropy_loss_weight: f64 = 0.0, Float(0.0, 10.0), [], "Coqui TTS",
            "Weight of the attention's entropy, which sharpens it; 0 leaves it out. Before attention is aligned it sharpens what is wrong.",
            "Вес энтропии внимания в потерях: делает внимание острее; 0 — без неё. Пока внимание не выровнено, она заостряет неверное.";
        mmi_weight: f64 = 1.0, Float(0.0, 10.0), [], "Diktor",
            "Multiplies the loss of the recogniser, beyond the adaptive factor.",
            "Вес потерь распознавателя, помимо адаптивного множителя.";
        use_gaf: bool = true, Any, [], "bfs18/tacotron2",
            "Keeps the gradient of the recogniser's loss below that of the mel.",
            "Держит градиент распознавателя ниже градиента мел-спектрограммы.";
        max_gaf: f64 = 0.5, Float(0.01, 0.7), [], "bfs18/tacotron2",
            "The adaptive factor is never above this.",
            "Адаптивный множитель не бывает больше этого.";
        update_gaf_every_n_step: u64 = 10, Int(1, MAX_STEPS), [], "bfs18/tacotron2",
            "Every so many steps the factor is measured; each time costs two more passes.",
            "Через столько шагов множитель измеряется заново; каждый раз это стоит двух лишних проходов.";
        use_ddc_loss: bool = false, Any, ["use_ddc"], "specification",
            "Trains a second, coarse decoder beside the first and keeps their attentions alike; dropped at export.",
            "Обучает рядом второй, грубый декодер и сближает их внимание; при экспорте отбрасывается.";
        ddc_loss_weight: f64 = 0.1, Float(0.0, 10.0), ["ddc_consistency_weight"], "specification",
            "Weight of the coarse decoder's mel and of the likeness of attentions.",
            "Вес ошибки мел-спектрограммы грубого декодера и различия вниманий.";
        emb_loss_weight: f64 = 1.0, Float(0.0, 10.0), [], "Mellotron",
            "Weight of the predicted style's error; nothing but the predictor learns from it.",
            "Вес ошибки предсказанного стиля; учится на ней только предсказатель.";
    }
    Control {
        use_phases: bool = true, Any, [], "specification",
            "Lets the phase of the run scale guided attention (2.5, 1, 0.5, 0.25) and the learning rate (1, 0.8, 0.5, 0.3): strong guidance until attention appears, finer steps once it holds.",
            "Фаза обучения умножает вес направленного внимания (на 2,5, 1, 0,5, 0,25) и скорость обучения (на 1, 0,8, 0,5, 0,3): направленное внимание сильнее, пока выравнивания нет, а шаги мельче, когда оно установилось.";
        auto_fix: bool = true, Any, [], "specification",
            "Lets the run mend its own troubles: attention that does not appear, gradients that stay high, an error that stands still, steps of too few utterances, a gate that does not learn or stops wrongly, learning by heart. What did not help is undone.",
            "Разрешает обучению самому исправлять неполадки: внимание не появляется, градиенты велики, ошибка не падает, за шаг сеть видит слишком мало фраз, гейт не учится или срабатывает неверно, сеть переобучается. Что не помогло, отменяется.";
        fix_interval: u64 = 100, Int(1, MAX_STEPS), [], "Diktor",
            "Every so many steps fixes and red flags look at the run; more often in a short one.",
            "Через столько шагов обучение оценивается для исправлений и красных флагов; короткое — чаще.";
        fix_cooldown: u64 = 1000, Int(1, MAX_STEPS), [], "Diktor",
            "Steps of rest after a fix, and at the start of the run; at most 0.05 of what the run needs.",
            "Пауза в шагах после исправления и в начале обучения; не больше 0,05 расчётной длины запуска.";
        evaluation_window: u64 = 2000, Int(1, MAX_STEPS), [], "Diktor",
            "Steps after which a fix is judged, at most 0.1 of what the run needs: what made things worse is undone.",
            "Через столько шагов (не больше 0,1 расчётной длины запуска) исправление оценивается; если стало хуже, оно отменяется.";
        fix_grace_steps: u64 = 10_000, Int(0, MAX_STEPS), [], "Diktor",
            "Before so many steps attention and a standstill are mended only if 0.15 of what the run needs is over; the gate only if 0.4 is, and alarms wait as long.",
            "Отсрочка: до этого шага внимание и застой ошибки исправляются, только если прошло 0,15 расчётной длины запуска, а гейт — если прошло 0,4; столько же ждут предупреждения.";
        fix_grace_epochs: u64 = 20, Int(0, MAX_STEPS), [], "Diktor",
            "The same in epochs; the later of the two counts.",
            "То же в эпохах; действует более позднее из двух.";
        gradient_norm_threshold: f64 = 10.0, Float(0.1, 1e6), [], "specification",
            "Norm of the gradient above which a run is in alarm; if it stays there, the learning rate is halved.",
            "Норма градиента, выше которой звучит предупреждение; если это длится, скорость обучения уменьшается вдвое.";
        attention_diagonality_threshold: f64 = 0.3, Float(0.0, 1.0), [], "specification",
            "Diagonality below which a run is in alarm; if it stays there, guided attention gets more weight.",
            "Диагональность, ниже которой звучит предупреждение; если это длится, вес направленного внимания растёт.";
        gate_accuracy_threshold: f64 = 0.7, Float(0.0, 1.0), [], "specification",
            "Balanced accuracy of the gate below which a run is in alarm.",
            "Точность гейта (сбалансированная), ниже которой звучит предупреждение.";
        adaptive_gate_threshold: bool = true, Any, [], "specification",
            "Lets fixes move `gate_threshold`: up when sentences stop too early, down when they do not stop.",
            "Разрешает исправлениям менять `gate_threshold`: больше, если фразы обрываются, меньше, если не кончаются.";
        gate_min_threshold: f64 = 0.3, Float(0.01, 0.99), [], "specification",
            "No fix lowers `gate_threshold` below this.",
            "Ниже этого исправления `gate_threshold` не опускают.";
        gate_max_threshold: f64 = 0.8, Float(0.01, 0.99), [], "specification",
            "No fix raises `gate_threshold` above this.",
            "Выше этого исправления `gate_threshold` не поднимают.";
        early_stopping: bool = true, Any, [], "specification",
            "Ends the run when the validation loss has stopped falling, once attention is steady.",
            "Завершает обучение, когда потери на валидации перестали снижаться, если внимание уже установилось.";
        early_stopping_patience: u64 = 15, Int(1, 10_000), [], "specification",
            "Full validations without a better loss before the run ends; doubled in fine-tuning.",
            "Сколько полных валидаций без улучшения ждать до завершения; в последней фазе вдвое больше.";
        early_stopping_min_delta: f64 = 5e-4, Float(0.0, 1.0), [], "specification",
            "Smallest fall of the validation loss that is an improvement.",
            "Наименьшее снижение потерь на валидации, которое считается улучшением.";
        early_stopping_min_steps: u64 = 20_000, Int(0, MAX_STEPS), [], "Diktor",
            "Early stopping waits for so many steps.",
            "Ранняя остановка возможна не раньше этого шага.";
    }
    Inference {
        gate_threshold: f64 = 0.5, Float(0.01, 0.99), [], "NVIDIA",
            "Synthesis stops when the stop probability passes this: lower stops earlier.",
            "Синтез останавливается, когда вероятность гейта больше этого: чем ниже порог, тем раньше.";
        max_decoder_steps: usize = 1500, Int(1, 1_000_000), [], "specification",
            "Synthesis stops after so many steps at the latest.",
            "Не позже этого шага декодера синтез останавливается.";
        attention_windowing: bool = false, Any, [], "Coqui TTS",
            "In synthesis attention keeps to a window, from two symbols back to five on: it cannot skip or start over, and cannot find again what it lost.",
            "При синтезе держит внимание в окне от двух символов назад до пяти вперёд: оно не перескочит и не начнёт заново, но и потерянное место не найдёт.";
        use_audio_quality_enhancement: bool = true, Any, [], "specification",
            "Synthesised sound gets its offset removed, 10 ms fades and a peak of -1 dBFS; training never sees it.",
            "У синтезированного звука убирается постоянная составляющая, края сглаживаются за 10 мс, пик доводится до −1 dBFS; на обучение это не влияет.";
    }
    Recovery {
        grad_skip_threshold: f64 = 100.0, Float(1.0, 1e6), [], "specification",
            "A step whose gradient norm, before clipping, is above this makes no update; five of them in 100 steps are a reason to restart.",
            "Шаг, норма градиента которого до обрезки выше этого, не меняет веса; пять таких за 100 шагов — повод к перезапуску.";
        gradient_explosion_threshold: f64 = 1000.0, Float(1.0, 1e9), [], "specification",
            "Three gradient norms above this within 100 steps are a reason to restart.",
            "Три нормы градиента выше этого за 100 шагов — повод к перезапуску.";
        nan_detection_threshold: f64 = 1e-6, Float(0.0, 1.0), [], "specification",
            "A gradient norm below this for 100 steps in a row is reported as vanished; NaN itself is always found exactly.",
            "Норма градиента ниже этого 100 шагов подряд считается исчезнувшей; сам NaN всегда находится точно.";
        emergency_restart_enabled: bool = true, Any, [], "specification",
            "Goes back to the last good checkpoint when steps keep going wrong; `false` stops the run instead, with exit code 3.",
            "Возвращается к последнему хорошему чекпойнту, когда шаги раз за разом не удаются; `false` — вместо этого обучение останавливается с кодом 3.";
        max_restart_attempts: u64 = 3, Int(0, 10), [], "specification",
            "So many restarts in a row at most, then the run stops with exit code 3; 2000 clean steps, or a tenth of a run shorter than 20 000, begin the count anew.",
            "Предел перезапусков подряд, после него обучение останавливается с кодом 3; 2000 чистых шагов (или десятая часть запуска короче 20 000) начинают счёт заново.";
        force_model_reinit: bool = false, Any, [], "specification",
            "Draws new weights at the last restart when no good checkpoint was ever written but the one of the beginning.",
            "При последнем перезапуске начинает с новых весов, если хороших чекпойнтов, кроме начального, не было.";
    }
}
