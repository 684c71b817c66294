//! What a run says, in Russian; general forms come after those they would catch.

use super::said::Pair;

pub(super) const SENTENCES: &[Pair] = &[
    // Schedules.
    ("warm-up", "разогрев"),
    ("warm-up after a restart", "разогрев после перезапуска"),
    ("hold", "пока без спада"),
    ("constant", "постоянно"),
    ("plateau", "до плато без изменений"),
    ("floor", "на нижнем пределе"),
    ("exponential decay", "экспоненциальный спад"),
    ("cosine decay", "косинусный спад"),
    ("inverse square root decay", "спад по обратному корню"),
    (
        "validation loss has not fallen by # for # validations",
        "потери проверки не снизились на #; проверок подряд: #",
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
        "guided attention moves to its final weight",
        "вес направленного внимания идёт к конечному",
    ),
    (
        "guided attention at its final weight",
        "направленное внимание с конечным весом",
    ),
    (
        "guided attention at its initial width",
        "полоса направленного внимания начальной ширины",
    ),
    (
        "guided attention narrows",
        "полоса направленного внимания сужается",
    ),
    (
        "guided attention at its final width",
        "полоса направленного внимания конечной ширины",
    ),
    (
        "teacher forcing at its start",
        "доля подсказок записи начальная",
    ),
    ("teacher forcing falls", "доля подсказок записи снижается"),
    (
        "teacher forcing at its end",
        "доля подсказок записи конечная",
    ),
    (
        "teacher forcing at its floor",
        "доля подсказок записи на нижнем пределе",
    ),
    (
        "gradual training: stage # of #, at diagonality #",
        "постепенное обучение: ступень # из #, при диагональности #",
    ),
    (
        "gradual training: stage # of #",
        "постепенное обучение: ступень # из #",
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
    ("{}, times # of the fixes", "{}, множитель правок #"),
    ("{}, times # of the phase", "{}, множитель фазы #"),
    // Phases.
    (
        "epoch # is the latest end of this phase",
        "эпоха #: не позже неё кончается эта фаза",
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
        "диагональность # не меньше #, полнота # не меньше #",
    ),
    (
        "gate accuracy # is at least #, stop failures # at most #, and the validation loss has not fallen for # full validations",
        "точность остановки # не меньше #, доля сбоев остановки # не больше #, и потери проверки не снижаются; полных проверок подряд: #",
    ),
    ("phase pre_alignment", "фаза: внимание ещё не появилось"),
    (
        "phase alignment_learning",
        "фаза: внимание становится устойчивым",
    ),
    (
        "phase quality_optimization",
        "фаза: улучшаются спектрограмма и остановка",
    ),
    ("phase fine_tuning", "фаза: последняя шлифовка"),
    // Fixes.
    (
        "diagonality is #, below #, and does not rise (# over the last checks)",
        "диагональность #, ниже #, и не растёт (# за последние проверки)",
    ),
    (
        "diagonality was above # in the last # checks",
        "диагональность выше # во всех последних # проверках",
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
        "ошибка спектрограммы не падает: # после #, хотя норма градиента #",
    ),
    (
        "a step sees # of at least # utterances, and its gradient was above the limit of # in # of the last # steps",
        "шаг видит # из хотя бы # фраз, и его градиент был выше предела # на # из последних # шагов",
    ),
    (
        "gate accuracy is #, below #, and # is chance",
        "точность остановки #, ниже #, а # — случайность",
    ),
    (
        "# of the sentences spoken freely stop too early, more than #",
        "доля самостоятельно сказанных предложений, которые кончаются раньше времени, #: больше #",
    ),
    (
        "# of the sentences spoken freely do not stop, more than #",
        "доля самостоятельно сказанных предложений, которые не кончаются, #: больше #",
    ),
    (
        "the mel error of validation rose for # validations to #, while that of training fell from # to #",
        "ошибка спектрограммы проверки росла # проверок до #, а обучения упала с # до #",
    ),
    ("# is released: {}", "# отпускается: {}"),
    (
        "# made it worse: `#` went from # to #",
        "# сделало хуже: `#` было #, стало #",
    ),
    ("#, # of at most #: {}", "#, раз # из #: {}"),
    // Refusals.
    (
        "`#` has set it at this moment and stands first",
        "`#` повернул её в этот же момент и стоит раньше",
    ),
    ("`#` cannot be #", "`#` не может быть #"),
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
        "сверьте тексты с записями; большее значение `#` тянет внимание к диагонали",
    ),
    (
        "a higher `#` teaches stopping sooner",
        "большее значение `#` быстрее учит останавливаться",
    ),
    (
        "the transcripts may not belong to the recordings: compare some of them",
        "тексты, возможно, не от этих записей: сверьте несколько",
    ),
    // The end of a run.
    ("`#` ends the run: {}", "`#` завершает обучение: {}"),
    (
        "the mean validation loss is # and has not fallen by # below # for # full validations",
        "средние потери проверки # и не снизились на # от #; полных проверок подряд: #",
    ),
    (
        "the norm of the gradient was above # in # of the last # steps at learning rate #, which can go no lower",
        "норма градиента была выше # на # из последних # шагов при скорости обучения #, которую некуда снижать",
    ),
    (
        "look for damaged recordings and wrong transcripts",
        "поищите испорченные записи и неверные тексты",
    ),
    (
        "diagonality was below # in the last # checks and is # at weight # of guided attention",
        "диагональность была ниже # во всех последних # проверках и равна # при весе направленного внимания #",
    ),
    ("attention is #: {}", "внимание (#): {}"),
    (
        "the text makes no difference: with the texts of other utterances the mel error is # % larger, and was not # % larger in the last # checks",
        "текст ничего не меняет: с текстами других фраз ошибка спектрограммы больше на # %, и не была больше на # % в последних # проверках",
    ),
    (
        "the transcripts do not seem to belong to the recordings, compare some of them",
        "тексты, похоже, не от этих записей; сверьте несколько",
    ),
    (
        "the gate has learnt nothing: it tells no frame from another, `#` was below # in the last # checks and is # at `#` #",
        "модель не научилась останавливаться: кадры для неё одинаковы, `#` было ниже # в последних # проверках и равно # при `#` #",
    ),
    (
        "look for recordings that are cut off or end in long silence",
        "поищите записи, которые обрезаны или кончаются долгой тишиной",
    ),
    (
        "compare transcripts with recordings, begin again with `#`",
        "сверьте тексты с записями, начните заново с `#`",
    ),
    (
        "for # steps neither the loss has improved by # % on # nor diagonality on #",
        "за # шагов ни потери не улучшились на # % против #, ни диагональность против #",
    ),
    (
        "compare transcripts with recordings, or change `#`",
        "сверьте тексты с записями или измените `#`",
    ),
    // Faults, restarts and checkpoints.
    (
        "the network holds values that are not finite",
        "в сети есть не конечные значения",
    ),
    (
        "`#` holds values that are not finite",
        "в `#` есть не конечные значения",
    ),
    (
        "# steps in a row were not finite",
        "шагов подряд с не конечными числами: #",
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
        "обучение разошлось: ошибка спектрограммы за последние # шагов #, была #",
    ),
    (
        "attention was there and is lost: {}",
        "внимание было и потеряно: {}",
    ),
    (
        "the gate told frames apart and is dead: {}",
        "остановка различала кадры и перестала: {}",
    ),
    (
        "`#` is #, below # in # validations in a row",
        "`#` равно #, ниже #; проверок подряд: #",
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
        "потери проверки не конечны",
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
        "состояние шага # не сохранено: `#` не конечно",
    ),
    (
        "`last.ckpt` holds the last whole state; `diktor recover` goes on from it",
        "последнее целое состояние — в `last.ckpt`; `diktor recover` продолжит с него",
    ),
    (
        "the training set is not the one this run was trained on so far",
        "обучающее множество не то, на котором запуск учился до сих пор",
    ),
    (
        "the run goes on, but not to the bits it would have had",
        "обучение продолжается, но не к тем битам, какие были бы",
    ),
    ("is the disk full?", "не полон ли диск?"),
    ("schedule", "по расписанию"),
    ("best", "лучший"),
    ("restart", "перезапуск"),
    ("interrupted", "прервано"),
    ("end", "конец"),
    // Sentences around others.
    ("{}; hint: {}", "{}; совет: {}"),
    ("at step # {}", "на шаге #: {}"),
    ("{}; {}", "{}; {}"),
];
