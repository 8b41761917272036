"""One-line faults in what the docs and the docstrings promise; :mod:`noticed_faults` plants them.

A fault is chosen by the promise that it breaks, not by the test that might notice it. Lines are written without their
indentation. Values stand under the names of their constants wherever there is one, so that tuning does not end a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One line replaced by another."""

    file: str
    """Path in the repository."""
    old: str
    """The line as it is, without indentation; it stands once in the file."""
    new: str
    promise: str
    """What the docs or docstrings promise, and the fault breaks."""
    tests: tuple[str, ...]
    """Tests of that part."""

    @property
    def room(self) -> str:
        """The folder in which the fault is planted."""
        return self.file.removeprefix("alphsistant_addon/").rpartition("/")[0]


_ADDON: Final = "alphsistant_addon"
_PIPELINE: Final = ("tests/test_pipeline.py",)
_CORE: Final = ("tests/core",)
_PHONES: Final = ("tests/text_to_phones/test_phones.py",)
_READING: Final = ("tests/text_to_phones/test_reading_examples.py", "tests/text_to_phones/test_reading_cases.py")
_SENTENCES: Final = ("tests/text_to_phones/test_reading.py",)
_DRAWING: Final = ("tests/text_generation/test_drawing.py", "tests/text_generation/test_language_model.py")
_DIALOGUE: Final = ("tests/text_generation/test_dialogue_format.py", "tests/text_generation/test_reply_sentences.py")
_CHAT: Final = ("tests/text_generation/test_chat_models.py",)
_SERVER: Final = ("tests/text_generation/test_chat_server.py",)
_LOOK_UPS: Final = ("tests/text_generation/test_look_ups.py",)
_MODEL_FILES: Final = ("tests/text_generation/test_model_files.py",)
_TRIES: Final = ("tests/text_to_speech/test_retries.py", "tests/text_to_speech/test_controls.py")
_TIMES: Final = ("tests/text_to_speech/test_controls.py", "tests/text_to_speech/test_voice.py")
_MELODY: Final = ("tests/text_to_speech/test_intonation.py",)
_EMPHASIS: Final = ("tests/text_to_speech/test_emphasis.py",)
_STEPS: Final = ("tests/text_to_speech/test_networks.py", "tests/text_to_speech/test_controls.py")
_LEVELS: Final = ("tests/text_to_speech/test_spectrogram.py",)
_SPECTRA: Final = ("tests/text_to_speech/test_spectrogram.py", "tests/text_to_speech/test_pulse_source.py")
_TRAINING: Final = ("tests/text_to_speech/test_train.py", "tests/text_to_speech/test_dataset_check.py")
_LISTENING: Final = (
    *("tests/listening/test_aligner_bias.py", "tests/listening/test_loud_and_silent.py"),
    *("tests/listening/test_nothing_heard_before.py", "tests/listening/test_alignment.py"),
)
_SEALS: Final = ("tests/lip_sync/test_seal_lengths.py", "tests/lip_sync/test_animation.py")
_SHAPES: Final = ("tests/lip_sync/test_coarticulation.py", "tests/lip_sync/test_animation.py")
_CURVES: Final = ("tests/lip_sync/test_animation.py",)
_LIFE: Final = ("tests/lip_sync/test_eyes_and_accents.py", "tests/lip_sync/test_life.py")
_QUALITY: Final = ("tests/lip_sync/test_quality.py",)
_RIGS: Final = ("tests/face_rig",)
_PROCESS: Final = ("tests/test_model_process.py",)
_SOUND: Final = ("tests/audio_process",)
_TALK: Final = ("tests/talk/test_conversation.py",)
_KEPT: Final = ("tests/talk/test_kept_reply.py",)
_LIVE_MOTION: Final = ("tests/lip_sync/test_live_motion.py",)
_LIVE_FACE: Final = ("tests/blender/test_live_face.py",)
_HEARD: Final = ("tests/blender/test_hear_at_once.py",)
_TALK_PANEL: Final = ("tests/blender/test_talk.py",)
_PUPPET: Final = ("tests/blender/test_puppet.py",)
_BATCH: Final = ("tests/test_batch.py",)
_TORCH: Final = ("tests/blender/test_install_torch.py",)

CORE: Final = (
    Fault(
        f"{_ADDON}/core/speech.py",
        "words += [replace(w, start=w.start + start, end=w.end + start) for w in speech.words]",
        "words += [replace(w, start=w.start, end=w.end) for w in speech.words]",
        "words are moved to their new times when sentences are joined",
        _CORE,
    ),
    Fault(
        f"{_ADDON}/core/sound_files.py",
        "if float(np.square(mixed, dtype=np.float64).sum()) < _CANCELLED_OUT * powers.max():",
        "if float(np.square(mixed, dtype=np.float64).sum()) < 0.0 * powers.max():",
        "of channels that cancel each other out the loudest is used, with a note",
        _CORE,
    ),
    Fault(
        f"{_ADDON}/core/sound_files.py",
        "loudest[done : done + len(block)] = block[:, int(powers.argmax())]",
        "loudest[done : done + len(block)] = block[:, int(powers.argmin())]",
        "the channel that is used is the loudest one",
        _CORE,
    ),
    Fault(
        f"{_ADDON}/core/sound_files.py",
        'samples = np.round(np.clip(speech.samples, -1.0, 1.0) * 32767).astype("<i2")',
        'samples = np.round(speech.samples * 32767).astype("<i2")',
        "a sample over full scale is written at full scale, and does not wrap around",
        _CORE,
    ),
    Fault(
        f"{_ADDON}/core/files.py",
        "partial.unlink(missing_ok=True)",
        "pass",
        "a file that could not be written whole leaves no part behind",
        _CORE,
    ),
)

TEXT: Final = (
    Fault(
        f"{_ADDON}/text_to_phones/reading.py",
        "spoken = tuple(sentences(read, cleaned, max_characters))",
        "spoken = tuple(sentences(read, cleaned, 2 * max_characters))",
        "no sentence is longer than 180 spoken characters",
        _SENTENCES,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/sentence_ends.py",
        "if next_word[:1].islower():",
        "if next_word[:1].isdigit():",
        "a word in small letters continues the sentence",
        _READING,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/rules/numbers.py",
        'if len(figures) > _LONGEST or (len(figures) > 1 and figures.startswith("0")):',
        "if len(figures) > _LONGEST:",
        "a number with a leading zero is read figure by figure",
        _READING,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/rules/numbers.py",
        "return f\"{cardinal(first)} {'oh ' + cardinal(last[1]) if last.startswith('0') else cardinal(last)}\"",
        'return f"{cardinal(first)} {cardinal(last)}"',
        "a house number such as 405 is “four oh five”",
        _READING,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/rules/number_rules.py",
        'return number >= "1600" or word_before(match).lower() in _YEAR_WORDS',
        'return number >= "1000" or word_before(match).lower() in _YEAR_WORDS',
        "a number below 1600 is a year only after a word that says so",
        _READING,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/rules/number_rules.py",
        "parts.append(f\"{cardinal(str(int(rest)))} {cent if rest == '01' else cents}\")",
        'parts.append(f"{cardinal(str(int(rest)))} {cents}")',
        "one cent is singular",
        _READING,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/phones.py",
        "phones.append(SpokenPhone(symbol, stress if is_stressed else 0, word))",
        "phones.append(SpokenPhone(symbol, stress, word))",
        "stress is on vowels only",
        _PHONES,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/phones.py",
        'if not (phone.symbol == "ɹ" and before is not None and before.symbol == "ɹ")',
        "if True",
        "of a doubled ɹ between linked words one is heard",
        _PHONES,
    ),
    Fault(
        f"{_ADDON}/text_to_phones/phones.py",
        "return [phones or phones_alone for phones, phones_alone in zip(grouped, alone, strict=True)]",
        "return grouped",
        "a word that espeak-ng leaves out keeps its own phones",
        _PHONES,
    ),
)

GENERATION: Final = (
    Fault(
        f"{_ADDON}/text_generation/language_model.py",
        "random = torch.Generator().manual_seed((seed * MOST_ATTEMPTS + attempt) % 2**63)",
        "random = torch.Generator().manual_seed((seed * MOST_ATTEMPTS) % 2**63)",
        "each attempt at a reply is drawn with a seed of its own",
        _DRAWING,
    ),
    Fault(
        f"{_ADDON}/text_generation/language_model.py",
        "logits[self._stop_ids] = -math.inf",
        "logits[self._stop_ids] = 0.0",
        "the first token of a reply is never the end",
        _DRAWING,
    ),
    Fault(
        f"{_ADDON}/text_generation/drawing.py",
        "scores[said] = torch.where(own < 0, own * sampling.repetition_penalty, own / sampling.repetition_penalty)",
        "scores[said] = own",
        "tokens of the reply itself are made less likely by the model's repetition penalty",
        _DRAWING,
    ),
    Fault(
        f"{_ADDON}/text_generation/sentence_stream.py",
        "if said and characters > most_characters:",
        "if said and characters > 2 * most_characters:",
        "a reply ends when it has become as long as was asked for",
        _DRAWING,
    ),
    Fault(
        f"{_ADDON}/text_generation/dialogue_format.py",
        "for human, answer in reversed(history):",
        "for human, answer in history:",
        "of a long conversation the oldest turns go first",
        _DIALOGUE,
    ),
    Fault(
        f"{_ADDON}/text_generation/reply_sentences.py",
        'text = unicodedata.normalize("NFC", text[-most_characters:].translate(_QUOTES))',
        'text = unicodedata.normalize("NFC", text[:most_characters].translate(_QUOTES))',
        "of a very long prompt the model sees the end",
        _DIALOGUE,
    ),
    Fault(
        f"{_ADDON}/text_generation/model_files.py",
        'progress(f"Downloading {name}", min(1.0, self.n / self.total))',
        'progress(f"Downloading {name}", self.n / self.total + 1.0)',
        "the share of a download that is done goes from 0 to 1",
        _MODEL_FILES,
    ),
    Fault(
        f"{_ADDON}/text_generation/chat_template.py",
        'talk.insert(0, _message("system", system))',
        'talk.append(_message("system", system))',
        "who answers stands where the template has its system message",
        _CHAT,
    ),
    Fault(
        f"{_ADDON}/text_generation/language_model.py",
        "start = min(shorter, len(ids) - 1) // PROMPT_CHUNK * PROMPT_CHUNK",
        "start = min(shorter, len(ids) - 1)",
        "what was read before changes no bit of the result",
        _DRAWING,
    ),
    Fault(
        f"{_ADDON}/text_generation/int8.py",
        "if loss <= MOST_LOSS:",
        "if loss <= math.inf:",
        "a network that predicts worse with eight bits stays in single precision",
        ("tests/text_generation/test_gpt2.py",),
    ),
    Fault(
        f"{_ADDON}/text_generation/chat_server.py",
        "return ipaddress.ip_address(host).is_loopback",
        "return ipaddress.ip_address(host).is_private",
        "an address on another computer needs permission",
        _SERVER,
    ),
    Fault(
        f"{_ADDON}/text_generation/chat_server.py",
        "sock.shutdown(socket.SHUT_RDWR)  # the thread that reads is woken by this, and closes",
        "sock.gettimeout()",
        "a cancel closes the connection whatever the server is doing",
        _SERVER,
    ),
    Fault(
        f"{_ADDON}/text_generation/fact_table.py",
        'if match is None or NO_SUM.fullmatch(match["sum"].strip()):',
        "if match is None:",
        "dates and figures of speech are no sums",
        _LOOK_UPS,
    ),
    Fault(
        f"{_ADDON}/text_generation/fact_table.py",
        "match = re.fullmatch(wording, asked)",
        "match = re.match(wording, asked)",
        "a question has to fit a wording from its first to its last word",
        _LOOK_UPS,
    ),
    Fault(
        f"{_ADDON}/text_generation/character_card.py",
        "if _CHECKSUM.unpack_from(content, end)[0] != zlib.crc32(kind + body):",
        "if _CHECKSUM.unpack_from(content, end)[0] is None:",
        "a damaged picture with a character card is noticed",
        ("tests/text_generation/test_persona.py",),
    ),
    Fault(
        f"{_ADDON}/blender/conversation/memory.py",
        "if replaced and turn.take == replaced:",
        "if replaced and turn.take == root.name:",
        "a take that replaces another knows only what was said before that",
        ("tests/blender/test_face_conversation.py",),
    ),
    Fault(
        f"{_ADDON}/batch/run.py",
        "line = replace(row, history=(*row.history, *said.get(row.conversation, ())))",
        "line = replace(row, history=(*said.get(row.conversation, ()), *row.history))",
        "lines of a conversation follow what the table says was said before",
        ("tests/test_batch.py",),
    ),
)

VOICE: Final = (
    Fault(
        f"{_ADDON}/text_to_speech/voice.py",
        "heard = min(heard, again, key=lambda h: h.trouble.weight)",
        "heard = again",
        "the best of the tries at a sentence is spoken",
        _TRIES,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/voice.py",
        "if pieces and sum(p.trouble.weight for p in pieces) < heard.trouble.weight:",
        "if pieces and sum(p.trouble.weight for p in pieces) > heard.trouble.weight:",
        "a sentence that fails twice is spoken clause by clause, where that is better",
        _TRIES,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/voice.py",
        "gain = min(10 ** (level / 20) / np.sqrt(active.mean()), PEAK / np.abs(samples).max())",
        "gain = 10 ** (level / 20) / np.sqrt(active.mean())",
        "no sample is louder than the peak",
        _LEVELS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/voice.py",
        "active = power[power > power.max() * 1e-3]",
        "active = power",
        "the level is measured where there is speech, so that pauses make nothing louder",
        _LEVELS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/attention_check.py",
        "tuple(i for i, s in spoken if s > LONGEST_PHONE),",
        "tuple(i for i, s in spoken if s > 3 * LONGEST_PHONE),",
        "a phone that lasts over 0.6 s is noticed, and the sentence is tried again",
        _TRIES,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/attention_check.py",
        "tuple(i for i, s in spoken if s < SHORTEST_PHONE),",
        "tuple(i for i, s in spoken if s < 0.0),",
        "a phone that was passed over is noticed",
        _TRIES,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/decoder.py",
        "position = max(position, found) if monotonic else found",
        "position = found",
        "the attention can only stay or move ahead",
        _STEPS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/decoder.py",
        "return [0.0, *seconds.clamp(min=0).tolist()]",
        "return [0.0, *(seconds + 0.5 * config.hop_length / config.sample_rate).clamp(min=0).tolist()]",
        "a step begins half a frame before the centre of its first frame",
        _STEPS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/decoder.py",
        "previous = previous + NOISE * noise.standard_normal(len(previous), np.float32)",
        "previous = previous + 0 * noise.standard_normal(len(previous), np.float32)",
        "another seed is another try at a sentence",
        _STEPS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/timing.py",
        "inside = phone.symbol == SILENCE and 0 < i < len(phones) - 1",
        "inside = phone.symbol == SILENCE",
        "the amount of pauses moves pauses inside the sentence only",
        _TIMES,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/timing.py",
        "timed[-1] = replace(timed[-1], end=(start + end) / 2)",
        "timed[-1] = replace(timed[-1], end=end)",
        "a short rest is shared by the phones beside it",
        _TIMES,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/intonation.py",
        "lacking = SHORTEST_RESTS.get(token, 0.0) - (edges[i + 1] - edges[i])",
        "lacking = SHORTEST_RESTS.get(token, 0.0) / 2 - (edges[i + 1] - edges[i])",
        "a comma rests 0.18 s at least",
        _MELODY,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/intonation.py",
        'if sign == "?" and not asks_with_a_word(transcription):',
        'if sign == "?":',
        "a question that starts with “what” or “who” falls",
        _MELODY,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/intonation.py",
        "bend = bend + (own - median).clamp(min=0) * (LIVELINESS - 1) + LIFT",
        "bend = bend + (own - median).clamp(min=0) * (LIVELINESS - 1)",
        "an exclamation is a little higher",
        _MELODY,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/intonation.py",
        "nucleus = ([p for p in vowels if p.stress == 1] or vowels or list(said))[-1]",
        "nucleus = ([p for p in vowels if p.stress == 1] or vowels or list(said))[0]",
        "a yes-or-no question rises from its last stressed syllable on",
        _MELODY,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/spelling.py",
        'sign = "." if part == "!" and part not in known else part',
        "sign = part",
        "“!” is a full stop for a voice that has none",
        ("tests/text_to_speech/test_spelling.py",),
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/spectrogram.py",
        "accelerated = rebuilt + momentum * (rebuilt - previous)",
        "accelerated = rebuilt",
        "Griffin-Lim is the fast one of Perraudin, Balazs and Søndergaard",
        _SPECTRA,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/pulse_source.py",
        "voiced = torch.where(share < 0.5, before, after) > 0",
        "voiced = before > 0",
        "a frame is voiced around its centre",
        _SPECTRA,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/intonation.py",
        "return torch.where((share > 0) & (places < end), rising - own, torch.zeros_like(own))",
        "return torch.where(share > 0, rising - own, torch.zeros_like(own))",
        "after an item of a list the voice goes on at its own pitch",
        _MELODY,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/emphasis.py",
        "return bend - after * (1 - FALL) * (own - own[voiced].median()).clamp(min=0)",
        "return bend",
        "after the last stressed word the pitch is flatter",
        _EMPHASIS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/emphasis.py",
        'shouted = not everything_loud and _is_capitals(bare.strip("*_"), spoken)',
        'shouted = _is_capitals(bare.strip("*_"), spoken)',
        "a sentence all in capitals stresses none of its words",
        _EMPHASIS,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/voice.py",
        "times = TimeMap.of(phones, controls, durations(phones, stressed))",
        "times = TimeMap.of(phones, controls)",
        "a stressed word is longer",
        _EMPHASIS,
    ),
    Fault(
        f"{_ADDON}/pipeline/reply_stream.py",
        "controls = self._controls.in_mood(begins_in)",
        "controls = self._controls",
        "the mood of the face is heard, where that is asked for",
        ("tests/test_pipeline.py",),
    ),
    Fault(
        f"{_ADDON}/text_to_speech/dc_tts/vocoder.py",
        "ratio = 2 ** (semitones / 12)",
        "ratio = 2 ** (semitones / 24)",
        "pitch is moved by as many semitones as were asked for",
        _SPECTRA,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/training/train.py",
        "os.replace(temporary, path)  # noqa: PTH105  (atomic on every platform)",
        "torch.save(value, path)",
        "a kill at any moment leaves the old checkpoint or the new one, whole",
        _TRAINING,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/training/dataset_line.py",
        "if np.mean(levels >= 32_700) > CLIPPED:",
        "if np.mean(levels >= 32_700) > 100 * CLIPPED:",
        "a recording with over 0.1 % of its samples at full scale is left out",
        _TRAINING,
    ),
    Fault(
        f"{_ADDON}/text_to_speech/training/dataset_line.py",
        "if seconds > MAX_SECONDS:",
        "if seconds > 2 * MAX_SECONDS:",
        "a recording over 12 s is left out",
        _TRAINING,
    ),
)

EARS: Final = (
    Fault(
        f"{_ADDON}/listening/alignment.py",
        "phones = _later(_spread(found, piece.end - piece.start))",
        "phones = _spread(found, piece.end - piece.start)",
        "the aligner's own bias is taken off every recording",
        _LISTENING,
    ),
    Fault(
        f"{_ADDON}/listening/edges.py",
        "is_loud = heard > heard.max() - BELOW_PEAK",
        "is_loud = heard > heard.max() - 3 * BELOW_PEAK",
        "sound 35 dB below the loudest moment is silence",
        _LISTENING,
    ),
    Fault(
        f"{_ADDON}/listening/edges.py",
        "if phone.symbol == SILENCE and phone.duration < SHORTEST_PAUSE:",
        "if phone.symbol == SILENCE and phone.duration < 0.0:",
        "a pause too short to be one is shared by its neighbours",
        _LISTENING,
    ),
    Fault(
        f"{_ADDON}/listening/pocketsphinx_decoder.py",
        "decoder.set_cmn(cepstral_mean(pcm[: MEAN_SECONDS * 2 * RATE], cancel))",
        "pass",
        "what was heard before makes no difference to a recording",
        _LISTENING,
    ),
    Fault(
        f"{_ADDON}/listening/recognition.py",
        "cut = QUIET_FROM * RATE + int(np.argmin((late**2).sum(axis=1))) * frame + frame // 2",
        "cut = QUIET_FROM * RATE + int(np.argmax((late**2).sum(axis=1))) * frame + frame // 2",
        "long recordings are cut at the quietest moment, so that no word is cut",
        _LISTENING,
    ),
)

LIPS: Final = (
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "start = max(start, end - ROUNDING_LEAD)",
        "start = max(start, end - ROUNDING_LEAD / 3)",
        "lips begin to round early before a rounded vowel",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "lead = GLIDE_LEAD.get(after.manner, 0.0)",
        "lead = -GLIDE_LEAD.get(after.manner, 0.0)",
        "rounded consonants are early",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "weights[window] += LOOK_AHEAD_SHARE * lead[:, None] * (after.weights - weights[window])",
        "weights[window] += 0.0 * lead[:, None] * (after.weights - weights[window])",
        "lips look ahead to a rounded shape over the phones before it",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "boundary += UNROUND_LAG if unrounds else 0.0",
        "boundary += 0.0",
        "lips leave a rounded shape late",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "boundary -= min(lead, LEAD_INTO_VOWEL * before.duration) if before.manner is Manner.VOWEL else lead",
        "boundary -= lead",
        "a rounded consonant leaves the vowel before it its opening",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "claim -= ROUNDING_SHARE * stream[window][:, ROUND_VOWELS].sum(axis=1)",
        "claim -= 0.0 * stream[window][:, ROUND_VOWELS].sum(axis=1)",
        "a tongue consonant gives a share of the mouth to a rounded vowel near it",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "if missing > 0.0:",
        "if missing > 1.0:",
        "a seal lasts at least one frame of the film, so that a frame shows it",
        _SEALS,
    ),
    Fault(
        f"{_ADDON}/lip_sync/coarticulation.py",
        "weights /= np.maximum(weights.sum(axis=1, keepdims=True) / SUM_LIMIT, 1.0)",
        "weights /= np.maximum(weights.sum(axis=1, keepdims=True) / (2 * SUM_LIMIT), 1.0)",
        "visemes together move the mesh no further than one of them",
        _SHAPES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/life.py",
        "near = [p for p in (*pauses, *glances) if abs(p - time) < BLINK_PULL and p + length < speech.duration]",
        "near = [p for p in glances if abs(p - time) < BLINK_PULL and p + length < speech.duration]",
        "a blink that is due close to a pause is at the pause",
        _LIFE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/life.py",
        "bump = Bump(time, time + SACCADE, time + away, time + away + SACCADE, min(height, 1.0))",
        "bump = Bump(time, time + 5 * SACCADE, time + away, time + away + SACCADE, min(height, 1.0))",
        "the eyes jump from one place to the next in 50 ms",
        _LIFE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/life.py",
        "listen = away * GAZE_AT_LISTENER / (1.0 - GAZE_AT_LISTENER) / max(life.gaze, 0.5)",
        "listen = away * GAZE_AT_LISTENER / (1.0 - GAZE_AT_LISTENER) / max(life.gaze, 0.5) / 3",
        "the eyes are at the listener half of the time",
        _LIFE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/life.py",
        'if speech.text.rstrip().endswith("?") and spoken:',
        'if speech.text.rstrip().endswith("!") and spoken:',
        "the brows stay up at the end of a question",
        _LIFE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/life.py",
        "levels[min(begin + MOOD_ONSET, speech.duration)] = wanted",
        "levels[min(begin + 2 * MOOD_ONSET, speech.duration)] = wanted",
        "a mood is reached within 0.4 s",
        _LIFE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/mood_tags.py",
        "return self.changes[-1][1] if self.changes else self.first",
        "return self.first",
        "a mood that changes within a sentence lasts until the next tag",
        _PIPELINE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/curves.py",
        "limit = 3.0 * np.minimum(np.abs(before), np.abs(after))",
        "limit = 30.0 * np.minimum(np.abs(before), np.abs(after))",
        "curves are played as Blender plays auto-clamped handles, without overshoot",
        _CURVES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/animation.py",
        "if sum(len(curve.times) for curve in curves.values()) <= budget:",
        "if sum(len(curve.times) for curve in curves.values()) <= 100 * budget:",
        "all channels together have fewer than 100 keys a second",
        _CURVES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/animation.py",
        "last = float(np.clip(1.0 + style.loudness * (gain - 1.0), QUIETEST, LOUDEST))",
        "last = float(np.clip(1.0 - style.loudness * (gain - 1.0), QUIETEST, LOUDEST))",
        "louder and stressed vowels open wider",
        _CURVES,
    ),
    Fault(
        f"{_ADDON}/lip_sync/accents.py",
        "if all(abs(middle - other) >= ACCENT_GAP for other, _ in chosen):",
        "if True:",
        "accents are at least 0.9 s apart",
        _LIFE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/style.py",
        'if viseme in ("sil", "PP", "FF"):',
        'if viseme in ("sil", "PP"):',
        "in every style f and v reach the teeth",
        _SEALS,
    ),
    Fault(
        f"{_ADDON}/lip_sync/quality.py",
        "tuple(sorted(moments, key=lambda moment: -moment.severity)[:MOST_MOMENTS]),",
        "tuple(sorted(moments, key=lambda moment: moment.severity)[:MOST_MOMENTS]),",
        "the report names the worst five moments, the worst first",
        _QUALITY,
    ),
)

RIGS: Final = (
    Fault(
        f"{_ADDON}/face_rig/rig_map.py",
        'kept = tuple(bone for bone in bones if bone.part != "jaw" or jaw_beside_keys or not self.opens)',
        "kept = tuple(bones)",
        "the jaw turns only where no key opens the mouth",
        _RIGS,
    ),
    Fault(
        f"{_ADDON}/face_rig/rig_map.py",
        "return np.clip(np.asarray(total), 0.0, min(row.limit for row in rows))",
        "return np.clip(np.asarray(total), 0.0, max(row.limit for row in rows))",
        "a key never goes above the limit of any of its rows",
        _RIGS,
    ),
    Fault(
        f"{_ADDON}/face_rig/rig_map.py",
        "total = sum(row.weight * row.gain * read[row.channel] for row in rows)",
        "total = np.max([row.weight * row.gain * read[row.channel] for row in rows], axis=0)",
        "channels that share a key are summed",
        _RIGS,
    ),
    Fault(
        f"{_ADDON}/face_rig/bone_names.py",
        'shares = {"head": 1.0} if "neck" not in axes else {"head": 1.0 - NECK_SHARE, "neck": NECK_SHARE}',
        'shares = {"head": 1.0} if "neck" not in axes else {"head": 1.0, "neck": NECK_SHARE}',
        "head and neck share the motion of the head",
        _RIGS,
    ),
    Fault(
        f"{_ADDON}/face_rig/bone_rotations.py",
        'direction["XYZ".index(axis[1])] = -1.0 if axis[0] == "-" else 1.0',
        'direction["XYZ".index(axis[1])] = 1.0',
        "a bone turns in the sense of its axis",
        _RIGS,
    ),
    Fault(
        f"{_ADDON}/face_rig/presets.py",
        "if version > VERSION:",
        "if version > VERSION + 1:",
        "a preset of a newer version of the add-on is refused",
        _RIGS,
    ),
    Fault(
        f"{_ADDON}/face_rig/presets.py",
        "if len(set(places)) < len(places):",
        "if len(set(places)) > len(places):",
        "a preset that names a shape key twice for one channel is refused",
        _RIGS,
    ),
)

PIPELINE: Final = (
    Fault(
        f"{_ADDON}/pipeline/reply_stream.py",
        "seed=self._seed + len(self.parts),  # or all sentences blink alike",
        "seed=self._seed,",
        "sentences do not blink alike",
        _PIPELINE,
    ),
    Fault(
        f"{_ADDON}/pipeline/reply_stream.py",
        "life=moods.on(self._manner.life, speech, before.moods.last if before else moods.first),",
        "life=moods.on(self._manner.life, speech, moods.first),",
        "a mood goes over into the next sentence's mood within 0.4 s",
        _PIPELINE,
    ),
    Fault(
        f"{_ADDON}/pipeline/reply_stream.py",
        "self._mood = script.moods[-1][1]",
        "pass",
        "a tag in a reply sets the mood of the sentences after it",
        _PIPELINE,
    ),
    Fault(
        f"{_ADDON}/pipeline/reply_stream.py",
        "speech = replace(spoken, warnings=(*spoken.warnings, *script.notes))",
        "speech = spoken",
        "a note says that a word in brackets is no mood",
        _PIPELINE,
    ),
    Fault(
        f"{_ADDON}/pipeline/reply.py",
        "kept = times < later[0]",
        "kept = times < later[-1]",
        "where two sentences overlap, the earlier keys give way",
        _PIPELINE,
    ),
    Fault(
        f"{_ADDON}/pipeline/models.py",
        "if self._loaded.writer is None:",
        "if True:",
        "a language model is loaded once and kept for the next job",
        _PIPELINE,
    ),
)

PROCESS: Final = (
    Fault(
        f"{_ADDON}/core/messages.py",
        "if mark != _MARK:",
        "if False:",
        "what was not written as a message ends the process",
        _PROCESS,
    ),
    Fault(
        f"{_ADDON}/core/messages.py",
        "if not (isinstance(made, type) and dataclasses.is_dataclass(made)):",
        "if False:",
        "nothing else than data can come out of the pipe",
        _PROCESS,
    ),
    Fault(
        f"{_ADDON}/model_process/server.py",
        "if self._models is None or before is None or replace(choice, voice=before.voice) != before:",
        "if True:",
        "the models of the last job are kept if the choice is the same",
        _PROCESS,
    ),
    Fault(
        f"{_ADDON}/model_process/client.py",
        "if process.is_overdue:",
        "if False:",
        "a cancelled job that does not stop is ended by the next job",
        _PROCESS,
    ),
    Fault(
        f"{_ADDON}/model_process/client.py",
        "process.child.send(Cancel(warming))  # no deadline: what it is loading is needed",
        "process.cancel(warming, _GRACE_SECONDS)",
        "a job keeps what the warm-up is loading",
        _PROCESS,
    ),
)

BATCH: Final = (
    Fault(
        f"{_ADDON}/batch/run.py",
        "content = json.dumps([asdict(line), stamps, dict(settings)], default=str, sort_keys=True)",
        "content = json.dumps([asdict(line), stamps], default=str, sort_keys=True)",
        "a line that was done with other settings is done again",
        _BATCH,
    ),
    Fault(
        f"{_ADDON}/batch/run.py",
        'return f"\'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value',
        "return value",
        "text that begins like a formula is quoted in the report",
        _BATCH,
    ),
    Fault(
        f"{_ADDON}/batch/run.py",
        'write_bytes(paths[0], text.getvalue().encode("utf-8-sig"))',
        'write_bytes(paths[0], text.getvalue().encode("utf-8"))',
        "the report has a byte order mark, so that Excel reads it as UTF-8",
        _BATCH,
    ),
    Fault(
        f"{_ADDON}/batch/table.py",
        "elif name.casefold() in seen:",
        "elif name in seen:",
        "large and small letters count as the same in ids",
        _BATCH,
    ),
    Fault(
        f"{_ADDON}/interchange/frame_csv.py",
        "seconds = np.arange(math.ceil(animation.duration * frame_rate) + 1) / frame_rate",
        "seconds = np.arange(math.floor(animation.duration * frame_rate)) / frame_rate",
        "the table of frames reaches to the end of the sound",
        _BATCH,
    ),
    Fault(
        f"{_ADDON}/interchange/frame_csv.py",
        "others = sorted(set(animation.channels) - set(VISEME_CHANNELS))",
        "others = sorted(set(animation.channels) - set(VISEME_CHANNELS))[:0]",
        "the table has a column for each channel",
        _BATCH,
    ),
)

TORCH: Final = (
    Fault(
        f"{_ADDON}/torch_installer/download.py",
        "if digest(partial, cancel) != sha256:",
        "if False:",
        "a file that has not the announced checksum is thrown away",
        _TORCH,
    ),
    Fault(
        f"{_ADDON}/torch_installer/download.py",
        'headers = {"Range": f"bytes={before}-"} if before else {}',
        "headers = {}",
        "a download that breaks off goes on where it stopped",
        _TORCH,
    ),
    Fault(
        f"{_ADDON}/torch_installer/install_torch.py",
        "old.rename(folder)",
        "pass",
        "what was installed before comes back when the new installation cannot be put in its place",
        ("tests/torch_installer/test_replacement.py",),
    ),
    Fault(
        f"{_ADDON}/torch_installer/install_torch.py",
        "if not wheel.sha256:",
        "if False:",
        "a file without a checksum is not installed",
        ("tests/torch_installer/test_checksums.py",),
    ),
)

BLENDER: Final = (
    Fault(
        f"{_ADDON}/blender/common/scene_time.py",
        "return float(scene.render.fps / scene.render.fps_base)",
        "return float(scene.render.fps)",
        "30 frames a second with a base of 1.001 are 29.97",
        ("tests/blender/test_scene_time.py",),
    ),
    Fault(
        f"{_ADDON}/blender/common/keyframes.py",
        'clamped = properties["handle_left_type"].enum_items["AUTO_CLAMPED"].value',
        'clamped = properties["handle_left_type"].enum_items["AUTO"].value',
        "handles are auto-clamped, so that no weight is overshot",
        ("tests/blender/test_takes.py",),
    ),
    Fault(
        f"{_ADDON}/blender/jobs/desk.py",
        '_end("The job was cancelled because another file was opened.")',
        "pass",
        "a job is cancelled when another file is opened",
        ("tests/blender/test_jobs.py",),
    ),
    Fault(
        f"{_ADDON}/blender/jobs/buttons.py",
        "return not status.running",
        "return True",
        "a second click while a job runs is refused",
        ("tests/blender/test_faults.py",),
    ),
    Fault(
        f"{_ADDON}/blender/jobs/worker.py",
        "previous.join()",
        "pass",
        "the next job waits for the end of the one before it",
        ("tests/blender/test_worker_order.py",),
    ),
    Fault(
        f"{_ADDON}/blender/face/build_visemes.py",
        "block.mute = False",
        "pass",
        "visemes are built of what the keys show, muted or not",
        ("tests/blender/test_face_choice.py",),
    ),
    Fault(
        f"{_ADDON}/blender/face/find.py",
        "candidates = [active] if active is not None and active.name in scene.objects else []",
        "candidates = []",
        "without a picked face the active object speaks",
        ("tests/blender/test_face_choice.py",),
    ),
    Fault(
        f"{_ADDON}/blender/face/bone_axes.py",
        'if bone.rotation_mode not in _EULER | {"QUATERNION"} or len(bone.constraints):',
        'if bone.rotation_mode not in _EULER | {"QUATERNION"}:',
        "bones with constraints are left alone",
        ("tests/blender/test_mapping.py",),
    ),
    Fault(
        f"{_ADDON}/blender/speak/voice_settings.py",
        "numbers = {name: round(getattr(settings, name), 4) for name in dials}",
        "numbers = {name: getattr(settings, name) for name in dials}",
        "what is typed into a field is what the voice gets",
        ("tests/blender/test_voice_settings.py",),
    ),
    Fault(
        f"{_ADDON}/blender/speak/expression_settings.py",
        'wanted = next((name for name, preset in presets if preset == dials), "custom")',
        "wanted = next((name for name, preset in presets if preset == dials), settings.style)",
        "a dial that is turned away from its preset makes the style a custom one",
        ("tests/blender/test_mapping.py",),
    ),
    Fault(
        f"{_ADDON}/blender/recording/sound_input.py",
        "max((first - sound_starts) / rate, 0.0),",
        "0.0,",
        "the selected strip is lip-synced as it is cut",
        ("tests/blender/test_recording.py",),
    ),
    Fault(
        f"{_ADDON}/blender/recording/recording_job.py",
        "except SoundFormatError:",
        "except ZeroDivisionError:",
        "what libsndfile cannot read is read by Blender",
        ("tests/blender/test_recording.py",),
    ),
    Fault(
        f"{_ADDON}/blender/film/render.py",
        "bpy.data.scenes.remove(copy)",
        "pass",
        "the copy of the scene that a film is rendered from is gone afterwards",
        ("tests/blender/test_film_scene.py",),
    ),
    Fault(
        f"{_ADDON}/blender/film/render.py",
        "setattr(render, name, False)",
        "pass",
        "a film does not tell the path of the .blend, and with it the user's name",
        ("tests/blender/test_film_scene.py",),
    ),
    Fault(
        f"{_ADDON}/blender/film/render.py",
        "modifier.show_render = True",
        "pass",
        "subdivision surfaces are rendered again after a film",
        ("tests/blender/test_film_scene.py",),
    ),
    Fault(
        f"{_ADDON}/blender/takes/hand_edits.py",
        "keyframes.set_keys(target, new_frames, np.clip(total, *limits), stepped=steps[1])",
        "keyframes.set_keys(target, new_frames, total, stepped=steps[1])",
        "with hand edits kept, a key stays within its slider's range",
        ("tests/blender/test_edit_differences.py",),
    ),
    Fault(
        f"{_ADDON}/blender/takes/hand_edits.py",
        "total = new_values + np.where(changed.covers(old_frames), difference, 0.0)",
        "total = new_values + difference",
        "keys that were not touched by hand are the new ones",
        ("tests/blender/test_edit_differences.py",),
    ),
    Fault(
        f"{_ADDON}/blender/common/file_changes.py",
        "work = self._at_end if kind is None else reversed(self._undo)",
        "work = self._at_end if kind is None else self._undo",
        "what has failed is taken back, the last change first",
        ("tests/blender/test_take_back.py",),
    ),
    Fault(
        f"{_ADDON}/blender/takes/playback.py",
        "overlapping = {other.id for other in all_takes() if other.id != take_id and other.overlaps(take)}",
        "overlapping = {other.id for other in all_takes() if other.id == take_id}",
        "two takes of one face never play at the same frames",
        ("tests/blender/test_takes.py",),
    ),
    Fault(
        f"{_ADDON}/blender/takes/removal.py",
        "if action.users == 0:",
        "if True:",
        "an Action that the user has put somewhere else stays when its take is removed",
        ("tests/blender/test_take_identity.py",),
    ),
    Fault(
        f"{_ADDON}/blender/takes/scene_settings.py",
        'return {"frame_start": min(before[0], start), "frame_end": end if tag["alone"] else max(before[1], end)}',
        'return {"frame_start": min(before[0], start), "frame_end": end}',
        "the frame range is shortened only in a scene that holds nothing else",
        ("tests/blender/test_take_back.py", "tests/blender/test_take_identity.py", "tests/blender/test_takes.py"),
    ),
    Fault(
        f"{_ADDON}/blender/takes/sound.py",
        "busy = [channel for channel, first, last in spans if first < end and last > start]",
        "busy = [channel for channel, first, last in spans]",
        "a sound strip gets the lowest channel that is free for its length",
        ("tests/blender/test_sound_channels.py",),
    ),
    Fault(
        f"{_ADDON}/blender/takes/sound.py",
        "if source is not None and source.users == 0:",
        "if False:",
        "the sound of a removed take is removed with its strip",
        ("tests/blender/test_take_back.py", "tests/blender/test_takes.py"),
    ),
)

TALK: Final = (
    Fault(
        f"{_ADDON}/audio_process/player.py",
        "if play.turn > self._stopped_turn and play.turn >= newest:",
        "if True:",
        "what comes late of a stopped turn is not heard",
        _SOUND,
    ),
    Fault(
        f"{_ADDON}/audio_process/player.py",
        "part.start = max(self.position + begin, self._last_end + part.pause)",
        "part.start = max(self.position + begin, self._last_end)",
        "parts are heard with their pauses",
        _SOUND,
    ),
    Fault(
        f"{_ADDON}/audio_process/engine.py",
        "self._close_input()  # no stream may be open while PortAudio looks again",
        "pass",
        "a loudspeaker that goes is replaced by the system's own",
        _SOUND,
    ),
    Fault(
        f"{_ADDON}/audio_process/engine.py",
        "if not is_deaf:",
        "if True:",
        "through loudspeakers the microphone hears nothing while it speaks",
        _SOUND,
    ),
    Fault(
        f"{_ADDON}/audio_process/voice_activity.py",
        "self._is_speech = probability > (STILL_LIKELY if self._is_speech else LIKELY)",
        "self._is_speech = probability > LIKELY",
        "speech that has begun goes on at less",
        _SOUND,
    ),
    Fault(
        f"{_ADDON}/talk/turns.py",
        "return [word.text for word in words if word.end <= seconds]",
        "return [word.text for word in words if word.start <= seconds]",
        "the history holds exactly the words that were heard to their end",
        _TALK,
    ),
    Fault(
        f"{_ADDON}/talk/voice_turns.py",
        'if reply is None or self._replies.present is not None or reply.turn.state != "interrupted":',
        "if True:",
        "a reply goes on if no words are found in what broke into it",
        _TALK,
    ),
    Fault(
        f"{_ADDON}/talk/voice_turns.py",
        "elif self._replies.present is not None and self._replies.present.is_released:",
        "elif False:",
        "a voice makes what is said softer at once",
        _TALK,
    ),
)

LIVE: Final = (
    Fault(
        f"{_ADDON}/blender/live/live_session.py",
        '"save_pre": put_back,',
        '"save_post": put_back,',
        "Nothing of the live face is in a file that is saved",
        _LIVE_FACE,
    ),
    Fault(
        f"{_ADDON}/blender/live/live_face.py",
        "wanted = moved.own[index] + (1.0 - moved.own[index]) * wanted",
        "wanted = float(wanted)",
        "Lids, brows and moods start from what was set by hand",
        _LIVE_FACE,
    ),
    Fault(
        f"{_ADDON}/blender/live/live_face.py",
        "moved.own[index] = moved.shown[index] = block.value",
        "moved.shown[index] = block.value",
        "What the user sets while the face is live is the file's own",
        _LIVE_FACE,
    ),
    Fault(
        f"{_ADDON}/blender/live/live_handlers.py",
        '_HANDLERS: Final = ("load_post", "undo_post", "redo_post")',
        '_HANDLERS: Final = ("load_post", "redo_post")',
        "An undo step that was pushed while the face was live is mended",
        _LIVE_FACE,
    ),
    Fault(
        f"{_ADDON}/lip_sync/live_motion.py",
        "shares = np.where(_MOUTH, passed / MOUTH_FADE, passed / REST_FADE).clip(0.0, 1.0)",
        "shares = np.full(len(_MOUTH), passed / REST_FADE).clip(0.0, 1.0)",
        "The mouth is closed within 120 ms",
        _LIVE_MOTION,
    ),
    Fault(
        f"{_ADDON}/blender/jobs/desk.py",
        "stand_aside()",
        "redraw()",
        "A take is baked upon the file's own values, whatever the live face shows",
        _HEARD,
    ),
    Fault(
        f"{_ADDON}/blender/live/hear_at_once.py",
        "if self._ends_at is None and self._is_complete and _timeline_plays():",
        "if self._ends_at is None and not self._is_complete and _timeline_plays():",
        "The sound stops where the take plays from the timeline",
        _HEARD,
    ),
    Fault(
        f"{_ADDON}/blender/live/hear_switch.py",
        "return can_be_heard() and preferences is not None and bool(preferences.hear_at_once)",
        "return preferences is not None and bool(preferences.hear_at_once)",
        "Without a window nothing is heard",
        _HEARD,
    ),
    Fault(
        f"{_ADDON}/talk/kept_reply.py",
        "part = cut(part, turn.cut_seconds)",
        "part = replace(part, start=begin)",
        "A kept reply is cut where it was interrupted",
        _KEPT,
    ),
    Fault(
        f"{_ADDON}/blender/live/keep_talk.py",
        "remove(take_id)",
        "find.find(scene)",
        "Keep All makes all takes or none",
        _TALK_PANEL,
    ),
    Fault(
        f"{_ADDON}/blender/live/puppet_source.py",
        "if samples is not None and len(samples) >= self._file.count * rate // SPEECH_RATE // 2:",
        "if samples is None:",
        "The recording is written in full quality once it is over",
        _PUPPET,
    ),
)

FAULTS: Final = (
    *(
        *CORE,
        *TEXT,
        *GENERATION,
        *VOICE,
        *EARS,
        *LIPS,
        *RIGS,
        *PIPELINE,
        *PROCESS,
        *TALK,
        *LIVE,
        *BATCH,
        *TORCH,
        *BLENDER,
    ),
)
