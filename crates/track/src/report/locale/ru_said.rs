//! What a run says, in Russian; general forms come after those they would catch.

use super::said::Pair;

pub(super) const SENTENCES: &[Pair] = &[
    // Schedules.
    ("warm-up", "разогрев"),
    ("warm-up after a restart", "разогрев после перезапуска"),
    ("hold", "до начала спада без изменений"),
    ("constant", "дальше без изменений"),
    ("plateau", "до застоя без изменений"),
    ("floor", "на нижнем пределе"),
    ("exponential decay", "экспоненциальный спад"),
    ("cosine decay", "косинусный спад"),
    ("inverse square root decay", "спад по обратному корню"),
    (
        "validation loss has not fallen by # for # validations",
        "потери на валидации не снизились на #; валидаций подряд: #",
    ),
    (
        "guided attention at a constant weight",
        "направленное внимание с постоянным весом",
    ),
    (
        "guided attention at its initial weight",
        "направленное внимание с начальным весом",
    ),
    (
        "a fix gives guided attention a weight of #, for its schedule gives almost none",
        "исправление даёт направленному вниманию вес #, потому что по расписанию его почти нет",
    ),
    (
        "guided attention moves to its final weight",
        "вес направленного внимания идёт к конечному",
    ),
    (
        "guided attention at its final weight",
        "направленное внимание с конечным весом",
    ),
    (
        "guided attention at its initial width",
        "начальная ширина полосы направленного внимания",
    ),
    (
        "guided attention narrows",
        "полоса направленного внимания сужается",
    ),
    (
        "guided attention at its final width",
        "конечная ширина полосы направленного внимания",
    ),
    (
        "teacher forcing at its start",
        "доля настоящих кадров начальная",
    ),
    ("teacher forcing falls", "доля настоящих кадров снижается"),
    (
        "teacher forcing at its end",
        "доля настоящих кадров конечная",
    ),
    (
        "teacher forcing at its floor",
        "доля настоящих кадров на нижнем пределе",
    ),
    (
        "gradual training: stage # of #, at diagonality #",
        "постепенное обучение: этап # из #, диагональность #",
    ),
    (
        "gradual training: stage # of #",
        "постепенное обучение: этап # из #",
    ),
    ("as configured", "как настроено"),
    ("lowered by a restart", "снижено перезапуском"),
    (
        "follows the norms of the last # steps",
        "следует за нормами последних # шагов",
    ),
    (
        "no restart is being made up for",
        "последствий перезапусков больше нет",
    ),
    ("makes up for restarts: #", "после перезапусков: #"),
    (
        "{}, times that of restarts",
        "{}, с множителем перезапусков",
    ),
    ("{}, times # of the fixes", "{}, множитель исправлений #"),
    ("{}, times # of the phase", "{}, множитель фазы #"),
    ("{}, at most #", "{}, не больше #"),
    // Phases.
    (
        "epoch # is the latest end of this phase",
        "эпоха # — крайний срок этой фазы",
    ),
    (
        "diagonality # is below # for # evaluations",
        "диагональность # ниже #; оценок подряд: #",
    ),
    (
        "diagonality # is at least #",
        "диагональность # не меньше #",
    ),
    (
        "diagonality # is at least #, coverage # at least #",
        "диагональность # не меньше #, охват # не меньше #",
    ),
    (
        "gate accuracy # is at least #, stop failures # at most #, and the validation loss has not fallen for # full validations",
        "точность гейта # не меньше #, доля сбоев остановки # не больше #, и потери на валидации не снижаются; полных валидаций подряд: #",
    ),
    (
        "gate accuracy # is at least #, stop failures # at most #, and the validation loss has not fallen for # full validations; intelligibility # is at least #",
        "точность гейта # не меньше #, доля сбоев остановки # не больше #, потери на валидации не снижаются (полных валидаций подряд: #), разборчивость # не меньше #",
    ),
    ("phase pre_alignment", "фаза: внимание ещё не появилось"),
    (
        "phase alignment_learning",
        "фаза: внимание становится устойчивым",
    ),
    (
        "phase quality_optimization",
        "фаза: улучшаются мел-спектрограмма и гейт",
    ),
    ("phase fine_tuning", "фаза: последняя шлифовка"),
    // Fixes.
    (
        "diagonality is #, below #, and does not rise (# over the last checks)",
        "диагональность #, ниже #, и не растёт (за последние оценки #)",
    ),
    (
        "diagonality was above # in the last # checks",
        "диагональность выше # во всех последних # оценках",
    ),
    (
        "gradients were calm for # steps",
        "градиенты спокойны уже # шагов",
    ),
    (
        "the norm of the gradient was above # in # of the last # steps",
        "норма градиента была выше # на # из последних # шагов",
    ),
    (
        "the mel error stands still: it is # and was #, although the norm of the gradient is #",
        "ошибка мел-спектрограммы не снижается: сейчас #, была #, хотя норма градиента #",
    ),
    (
        "a step sees # of at least # utterances, and its gradient was above the limit of # in # of the last # steps",
        "за шаг сеть видит # фраз, а нужно хотя бы #, и градиент был выше предела # на # из последних # шагов",
    ),
    (
        "gate accuracy is #, below #, and # is chance",
        "точность гейта #, ниже #, а # — случайность",
    ),
    (
        "# of the sentences spoken freely stop too early, more than #",
        "доля фраз, которые самостоятельно обрываются раньше времени, #: больше #",
    ),
    (
        "# of the sentences spoken freely do not stop, more than #",
        "доля фраз, которые самостоятельно не кончаются, #: больше #",
    ),
    (
        "the mel error of validation rose for # validations to #, while that of training fell from # to #",
        "ошибка мел-спектрограммы на валидации росла # валидаций подряд до #, а в обучении снизилась с # до #",
    ),
    ("# is released: {}", "`#` ослабляется: {}"),
    (
        "# made it worse: `#` went from # to #",
        "`#` сделало хуже: `#` было #, стало #",
    ),
    ("#, # of at most #: {}", "`#`, раз # из #: {}"),
    // Refusals.
    (
        "`#` has set it at this moment and stands first",
        "в этот же момент его уже изменил `#`, который важнее",
    ),
    ("`#` cannot be #", "`#` не может быть равно #"),
    (
        "the hyper-parameter was changed on resume",
        "гиперпараметр изменён при продолжении",
    ),
    // Alarms.
    ("`#` is #, below #", "`#` равно #, ниже #"),
    ("`#` is #, above #", "`#` равно #, выше #"),
    (
        "a lower `#` calms gradients",
        "меньшее значение `#` успокаивает градиенты",
    ),
    (
        "compare transcripts with recordings; a higher `#` pulls attention to the diagonal",
        "сверьте расшифровки с записями; большее значение `#` тянет внимание к диагонали",
    ),
    (
        "a lower `#` ends sentences sooner",
        "с меньшим значением `#` фразы кончаются раньше",
    ),
    (
        "a higher `#` ends sentences later",
        "с большим значением `#` фразы кончаются позже",
    ),
    (
        "attention of the batch: {} (#, limit #); {}",
        "внимание батча: {} (#, предел #); {}",
    ),
    (
        "a higher `#` teaches stopping sooner",
        "с большим значением `#` голос раньше учится останавливаться",
    ),
    (
        "listen to the samples: more steps, more recordings or a voice to begin from",
        "послушайте примеры: помогут новые шаги, новые записи или начало с готового голоса",
    ),
    (
        "the transcripts may not belong to the recordings: compare some of them",
        "расшифровки, возможно, не от этих записей: сверьте несколько",
    ),
    (
        "the training set holds # utterances with # different texts and # different recordings",
        "в обучающем множестве фраз: #, разных текстов: #, разных записей: #",
    ),
    (
        "a voice learns from many different sentences, each with its own recording",
        "голос учится на множестве разных предложений, у каждого своя запись",
    ),
    // The end of a run.
    ("`#` ends the run: {}", "`#` завершает обучение: {}"),
    (
        "the mean validation loss is # and has not fallen by # below # for # full validations",
        "средние потери на валидации # и не снизились на # от #; полных валидаций подряд: #",
    ),
    (
        "the norm of the gradient was above # in # of the last # steps at learning rate #, which can go no lower",
        "норма градиента была выше # на # из последних # шагов при скорости обучения #, которую некуда снижать",
    ),
    (
        "look for damaged recordings and wrong transcripts",
        "поищите испорченные записи и неверные расшифровки",
    ),
    (
        "diagonality was below # in the last # checks and is # at weight # of guided attention",
        "диагональность была ниже # во всех последних # оценках и равна # при весе направленного внимания #",
    ),
    ("attention is #: {}", "внимание #: {}"),
    ("uniform", "равномерно"),
    ("stuck", "не сходит с нескольких символов"),
    ("random", "прыгает по тексту"),
    ("stalled", "не доходит до конца текста"),
    ("skipping", "пропускает символы"),
    ("ok", "идёт по тексту"),
    (
        "the text makes no difference: with the texts of other utterances the mel error is # % larger, and was not # % larger in the last # checks",
        "от текста ничего не зависит: с чужими текстами ошибка мел-спектрограммы больше на # % и не была больше на # % ни в одной из последних # оценок",
    ),
    (
        "the transcripts do not seem to belong to the recordings, compare some of them",
        "расшифровки, похоже, не от этих записей; сверьте несколько",
    ),
    (
        "the gate has learnt nothing: it tells no frame from another, `#` was below # in the last # checks and is # at `#` #",
        "гейт ничему не научился: он не отличает кадры друг от друга, `#` было ниже # во всех последних # оценках и равно # при `#` #",
    ),
    (
        "look for recordings that are cut off or end in long silence",
        "поищите записи, которые обрезаны или кончаются долгой тишиной",
    ),
    (
        "compare transcripts with recordings, begin again with `#`",
        "сверьте расшифровки с записями и начните заново с `#`",
    ),
    (
        "for # steps neither the loss has improved by # % on # nor diagonality on #",
        "за # шагов ни потери не снизились на # % от #, ни диагональность не выросла от #",
    ),
    (
        "compare transcripts with recordings, or change `#`",
        "сверьте расшифровки с записями или измените `#`",
    ),
    // Faults, restarts and checkpoints.
    (
        "the network holds values that are not finite",
        "в сети есть не конечные числа",
    ),
    (
        "`#` holds values that are not finite",
        "в `#` есть не конечные числа",
    ),
    (
        "# steps in a row were not finite",
        "шагов подряд с нечисловыми значениями: #",
    ),
    (
        "the gradient norm was above # in # of # steps",
        "норма градиента была выше # на # из # шагов",
    ),
    (
        "# of # steps were skipped because the gradient norm jumped",
        "# из # шагов пропущены, потому что норма градиента подскочила",
    ),
    (
        "training diverged: the mel error of the last # steps is #, it was #",
        "обучение разошлось: ошибка мел-спектрограммы за последние # шагов #, была #",
    ),
    (
        "attention was there and is lost: {}",
        "внимание было и потеряно: {}",
    ),
    (
        "the gate told frames apart and is dead: {}",
        "гейт различал кадры и перестал: {}",
    ),
    (
        "`#` is #, below # in # validations in a row",
        "`#` равно #, ниже #; валидаций подряд: #",
    ),
    ("{}; restarts are switched off", "{}; перезапуски выключены"),
    (
        "{}, after # restarts in a row: {}",
        "{}; перезапусков подряд: #: {}",
    ),
    (
        "the checkpoint of step # is no place to go back to: {}",
        "к чекпойнту шага # возвращаться нельзя: {}",
    ),
    (
        "the validation loss is not finite",
        "потери на валидации — не конечное число",
    ),
    (
        "its last step went wrong",
        "на его последнем шаге случился сбой",
    ),
    (
        "attention has collapsed: diagonality #, it was #",
        "внимание распалось: диагональность #, была #",
    ),
    (
        "no good checkpoint is left to go back to; `diktor recover` looks for any other",
        "хорошего чекпойнта для возврата не осталось; `diktor recover` поищет любой другой",
    ),
    (
        "the state of step # is not saved: `#` is not finite",
        "состояние шага # не сохранено: `#` — не конечное число",
    ),
    (
        "`last.ckpt` holds the last whole state; `diktor recover` goes on from it",
        "последнее целое состояние — в `last.ckpt`; `diktor recover` продолжит с него",
    ),
    (
        "the training set is not the one this run was trained on so far",
        "обучающая выборка не та, на которой запуск учился до сих пор",
    ),
    (
        "the run goes on, but not to the bits it would have had",
        "обучение продолжается, но бит в бит уже не совпадёт",
    ),
    ("is the disk full?", "не полон ли диск?"),
    (
        "the debug report cannot be written: {}",
        "отладочный отчёт не записан: {}",
    ),
    (
        "the ledger cannot be written: {}",
        "журнал фраз не записан: {}",
    ),
    ("`#` cannot be shown: {}", "`#` не показать: {}"),
    (
        "learning rate and norms of the weights, as of the vanished gradient, are in `#`",
        "скорость обучения и нормы весов на момент, когда градиент исчез, — в `#`",
    ),
    (
        "the report on the vanished gradient cannot be written: {}",
        "отчёт об исчезнувшем градиенте не записан: {}",
    ),
    (
        "weights that are all zero or very large learn nothing; `diktor recover` begins from an earlier step",
        "веса, которые все равны нулю или очень велики, ничему не учатся; `diktor recover` начнёт с более раннего шага",
    ),
    (
        "the recordings are not those of before: {}",
        "записи не те, что были: {}",
    ),
    ("new, to train on: # ({})", "новых, для обучения: # ({})"),
    (
        "gone: # ({}), # of them of the validation set",
        "исчезло: # ({}), из них в выборке для валидации: #",
    ),
    (
        "what has judged the run judges it still, and nothing of it is learnt from",
        "выборка для валидации прежняя, и на ней ничему не учатся",
    ),
    (
        "the checkpoint of step # could not be written: {}; the run goes on, and it is tried again",
        "чекпойнт шага # не записан: {}; обучение продолжается, запись будет повторена",
    ),
    (
        "free some space or make the folder writable; until then a stop goes back to step #",
        "освободите место или откройте папку для записи; до тех пор остановка вернёт к шагу #",
    ),
    (
        "free some space or make the folder writable; until then a stop loses the run",
        "освободите место или откройте папку для записи; до тех пор остановка потеряет запуск",
    ),
    ("going on from `#`", "обучение продолжается с `#`"),
    (
        "warm start from `#`: # of # tensors keep their first values: {}",
        "начато с весов из `#`: с начальными значениями остались # из # тензоров: {}",
    ),
    (
        "the run is recovered from `#` at step #; everything before is in `#`",
        "запуск восстановлен с `#` на шаге #; всё прежнее — в `#`",
    ),
    (
        "look at the faults in the report before it goes on for long",
        "посмотрите сбои в отчёте, прежде чем учить дальше",
    ),
    // Of an attention, in the debug report.
    (
        "the weights are spread over the whole text",
        "веса размазаны по всему тексту",
    ),
    ("no diagonal", "диагонали нет"),
    ("it goes back", "внимание возвращается назад"),
    (
        "no symbol gets a weight of note",
        "ни один символ не получает заметного веса",
    ),
    ("blurred", "внимание размыто"),
    ("symbols are skipped", "символы пропускаются"),
    ("more steps; raise `#`", "учить дольше; поднять `#`"),
    (
        "check the transcripts; raise `#`",
        "проверить расшифровки; поднять `#`",
    ),
    (
        "guided attention; a lower `#`",
        "направленное внимание; меньшее значение `#`",
    ),
    (
        "more steps: it sharpens after the diagonal is there",
        "учить дольше: резкость приходит после диагонали",
    ),
    (
        "listen for swallowed sounds; look at worst.html",
        "послушать, какие звуки проглочены; `worst.html`",
    ),
    ("schedule", "по расписанию"),
    ("best", "лучший до сих пор"),
    ("restart", "перезапуск"),
    ("interrupted", "прервано"),
    ("end", "конец"),
    // Sentences around others.
    ("{}; hint: {}", "{}; совет: {}"),
    ("at step # {}", "на шаге #: {}"),
    ("{} and # more", "{} и ещё #"),
    ("{}; {}", "{}; {}"),
];
