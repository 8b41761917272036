"""Train the shipped GPT-2.

    python prepare.py SOURCES DATA
    python train.py DATA RUN [--minutes 95] [--threads 1] [--from FOLDER]     (stops and resumes at will)
    python train.py DATA RUN --export FOLDER

GPT-2 as in Radford et al., *Language Models are Unsupervised Multitask Learners* (2019), section 2.3, with 5 layers of
width 320. ``--from`` starts with the weights and tokenizer of an earlier model; its position embeddings are continued.
Dialogues are packed into rows, ``<|human|>Hi.<|alphsistant|>Hello.<|endoftext|>``. Each counts its positions from 0
and attends to itself only, just as in use. The learning rate stays level and then falls by a cosine, both by the share
of the time that is over, so the recipe ends when it is told to on any computer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import re
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import copying
import torch
from persona import SLOT, Dialogue, Exchange, read, read_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn import functional
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast
from wording import typed

END: Final = "<|endoftext|>"
SPEAKERS: Final = {"human": "<|human|>", "self": "<|alphsistant|>"}
END_ID, HUMAN_ID, SELF_ID = 0, 1, 2
VOCABULARY: Final = 6144
POSITIONS: Final = 512
BATCH_TOKENS: Final = 4096
ROW_LENGTHS: Final = (256, 512)
"""A dialogue goes into rows of the shortest length that holds it: attention costs the square of the length."""
LONG_SHARE: Final = 0.03
"""Share of the dialogues that are long; about a fifth of the tokens."""
PEAK_RATE: Final = 1.0e-3
MUON_FACTOR: Final = 3.0
"""The matrices' rate, as a multiple of the embeddings'."""
LAST_RATE: Final = 2.0e-5
WARM_UP: Final = 50
LEVEL_SHARE: Final = 0.35
"""Share of the time before the rate falls."""
HUMAN_TOKENS: Final = 0.1
"""Share of what humans say that is learned too while the rate is level: the network gets to know the words."""
SHARES: Final = {
    "block": 0.57,
    "danger": 0.07,
    "talk": 0.12,
    "facts": 0.14,
    "copying": 0.08,
    "chat": 0.01,
    "open": 0.01,
}
"""How often each kind of dialogue is drawn.

``block`` is one block, ``danger`` one where a wrong answer harms, ``talk`` several, ``open`` a talk's later part.
"""
DANGER: Final = re.compile(
    r"danger|emergenc|abuse|self_?harm|suicide|harmful|sounds_dangerous|grief|weapon|drug|hack$|steal|stalk|violence|"
    r"dose|fire$|fire_(?:smell|gas|pan|make)|poison|threat"
)
"""Topics where a wrong answer harms, and those that only sound like it."""
FACT_SHARES: Final = {
    "capital": 0.25, "country": 0.07, "opposite": 0.1, "sum": 0.1, "product": 0.03, "calendar": 0.12, "element": 0.03,
    "animal": 0.02, "thing": 0.08, "meaning": 0.2,
}  # fmt: skip
HELD_OUT: Final = 40
"""One block in so many is held out, and one wording in so many blocks."""
CHECKPOINT_SECONDS: Final = 240.0


def text_of(dialogue: Dialogue) -> str:
    """A dialogue as the model reads it."""
    return "".join(SPEAKERS[speaker] + text for speaker, text in dialogue) + END


def has_self(dialogue: Dialogue) -> bool:
    """Whether the talking face could have said one of the turns."""
    return any(speaker == "self" for speaker, _ in dialogue)


def load_dialogues(path: Path) -> list[Dialogue]:
    """Read ``chat.jsonl`` or ``chat_held_out.jsonl``."""
    return [[(s, t) for s, t in json.loads(line)] for line in path.read_text(encoding="utf-8").splitlines()]


def share_of(text: str) -> float:
    """A number 0…1 that depends on the text only: the same blocks are held out whenever files are added."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def hold_out(exchanges: list[Exchange]) -> tuple[list[Exchange], list[Exchange], list[Exchange]]:
    """Part blocks into those to learn, whole blocks that are held out, and single wordings that are held out.

    Of the blocks of the third kind the other wordings are learned.
    """
    learned, unseen, reworded = [], [], []
    for exchange in exchanges:
        share = share_of(exchange.questions[0])
        if share < 1 / HELD_OUT:
            unseen.append(exchange)
            continue
        if share < 2 / HELD_OUT and len(exchange.questions) >= 4:
            *kept, last = exchange.questions
            reworded.append(Exchange(exchange.topic, [last], exchange.answers, None, exchange.slots, exchange.source))
            exchange.questions = kept
        learned.append(exchange)
    return learned, unseen, reworded


class Mixture:
    """Endless dialogues of all kinds."""

    def __init__(self, blocks: list[Exchange], facts: list[Exchange], chat: list[Dialogue], seed: int) -> None:
        self.rng = random.Random(seed)
        # A block with slots is many dialogues, so it is drawn twice as often.
        self.blocks = blocks + [block for block in blocks if SLOT.search(" ".join(block.questions))]
        self.by_topic = _by_topic(blocks)
        self.danger = [block for block in blocks if DANGER.match(block.topic)] or blocks
        self.facts = _by_topic(facts)
        self.chat = [dialogue for dialogue in chat if has_self(dialogue)]

    def block(self) -> Dialogue:
        """One block, as it is typed."""
        return self._typed(self._any().dialogue(self.rng))

    def _any(self) -> Exchange:
        return self.rng.choice(self.blocks)

    def short(self) -> Dialogue:
        """The first exchange of a block, to stand between others."""
        return self._typed(self._any().dialogue(self.rng, 0.0))

    def talk(self, most: int = 3) -> Dialogue:
        """Several blocks, half of them on one topic, now and then with a fact among them."""
        first = self._any()
        dialogue = self._typed(first.dialogue(self.rng))
        for _ in range(self.rng.randint(1, most)):
            if self.rng.random() < 0.15:
                dialogue += self.fact()
            else:
                near = self.rng.random() < 0.5
                block = self.rng.choice(self.by_topic[first.topic]) if near else self._any()
                dialogue += self._typed(block.dialogue(self.rng))
        return dialogue

    def fact(self) -> Dialogue:
        """One fact asked for."""
        topics = list(FACT_SHARES)
        topic = self.rng.choices(topics, [FACT_SHARES[t] for t in topics])[0]
        return self._typed(self.rng.choice(self.facts[topic]).dialogue(self.rng))

    def draw(self) -> Dialogue:
        """A dialogue for a short row."""
        kind = self.rng.choices(list(SHARES), list(SHARES.values()))[0]
        if kind == "facts":
            return [turn for _ in range(self.rng.choice((1, 1, 2, 3))) for turn in self.fact()]
        if kind == "copying":
            return self._typed(copying.conversation(self.rng, self.short))
        if kind == "danger":
            return self._typed(self.rng.choice(self.danger).dialogue(self.rng))
        if kind == "chat":
            return self.rng.choice(self.chat)
        if kind == "open":
            # The oldest turns of a long talk are cut off in use.
            dialogue = self.talk()
            return dialogue[2:] or dialogue
        return self.talk() if kind == "talk" else self.block()

    def draw_long(self) -> Dialogue:
        """A dialogue for a long row: copying over a distance, or many blocks."""
        if self.rng.random() < 0.5:
            return self._typed(copying.conversation(self.rng, self.short, 8))
        return self.talk(9)

    def _typed(self, dialogue: Dialogue) -> Dialogue:
        done = []
        for i, (speaker, text) in enumerate(dialogue):
            answer = dialogue[i + 1][1] if i + 1 < len(dialogue) else ""
            done.append((speaker, typed(text, answer, self.rng) if speaker == "human" else text))
        return done


def _by_topic(exchanges: list[Exchange]) -> dict[str, list[Exchange]]:
    topics: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        topics[exchange.topic].append(exchange)
    return dict(topics)


class Batch(NamedTuple):
    """Packed rows, each tensor ``[rows, tokens]`` but for the mask."""

    ids: torch.Tensor
    positions: torch.Tensor
    """Counted from 0 in each dialogue."""
    mask: torch.Tensor
    """``[rows, 1, tokens, tokens]``, true where a token may look."""
    labels: torch.Tensor
    """The token to predict at each place, or −100."""


def encoded(dialogue: Dialogue, tokenizer: Any) -> tuple[list[int], list[bool]]:
    """Token ids of a dialogue, and which of them are learned: the replies and the token that ends each."""
    ids: list[int] = []
    learned: list[bool] = []
    after_self = False
    for speaker, text in dialogue:
        said = tokenizer(text)["input_ids"]
        ids += [HUMAN_ID if speaker == "human" else SELF_ID, *said]
        learned += [after_self, *([speaker == "self"] * len(said))]
        after_self = speaker == "self"
    return [*ids, END_ID], [*learned, after_self]


class Packer:
    """Puts dialogues into rows of several lengths without cutting any but the overlong."""

    def __init__(self, mixture: Mixture, tokenizer: Any) -> None:
        self.mixture = mixture
        self.tokenizer = tokenizer
        self.waiting: dict[int, list[tuple[list[int], list[bool]]]] = {length: [] for length in ROW_LENGTHS}
        self.tokens = dict.fromkeys(ROW_LENGTHS, 0)

    def _fill(self) -> int:
        """Draw dialogues until one length has more than enough for a batch; returns that length."""
        while True:
            for length in reversed(ROW_LENGTHS):
                if self.tokens[length] > 2 * BATCH_TOKENS:
                    return length
            long = self.mixture.rng.random() < LONG_SHARE
            ids, learned = encoded((self.mixture.draw_long if long else self.mixture.draw)(), self.tokenizer)
            length = next((n for n in ROW_LENGTHS if len(ids) <= n), ROW_LENGTHS[-1])
            self.waiting[length].append((ids[:length], learned[:length]))
            self.tokens[length] += len(ids)

    def batch(self, human_tokens: float) -> Batch:
        """Fill rows with about ``BATCH_TOKENS`` tokens, and learn ``human_tokens`` of what humans say."""
        length = self._fill()
        rows = BATCH_TOKENS // length
        ids = torch.full((rows, length), END_ID)
        positions = torch.zeros((rows, length), dtype=torch.long)
        number = torch.full((rows, length), -1)
        labels = torch.full((rows, length), -100)
        waiting = self.waiting[length]
        for row in range(rows):
            start = count = 0
            while fitting := [(len(said), -i) for i, (said, _) in enumerate(waiting) if len(said) <= length - start]:
                # The oldest first, so that none waits for ever; then the longest, so that little room is left.
                said, learned = waiting.pop(-max(fitting)[1] if start else 0)
                self.tokens[length] -= len(said)
                end = start + len(said)
                ids[row, start:end] = torch.tensor(said)
                positions[row, start:end] = torch.arange(len(said))
                number[row, start:end] = count
                chosen = torch.tensor(learned) | (torch.rand(len(said)) < human_tokens)
                labels[row, start : end - 1] = torch.where(chosen[1:], ids[row, start + 1 : end], -100)
                start, count = end, count + 1
        causal = torch.ones((length, length), dtype=torch.bool).tril()
        mask = (number[:, None, :, None] == number[:, None, None, :]) & causal
        return Batch(ids, positions, mask, labels)


def loss_of(model: GPT2LMHeadModel, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over the labelled places; the head is computed there only."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.transformer(batch.ids, attention_mask=batch.mask, position_ids=batch.positions).last_hidden_state
        chosen = batch.labels >= 0
        logits = model.lm_head(hidden[chosen])
        return functional.cross_entropy(logits, batch.labels[chosen])


@torch.inference_mode()
def validation(model: GPT2LMHeadModel, dialogues: list[Dialogue], tokenizer: Any) -> float:
    """Mean cross-entropy per token of the replies, one dialogue at a time."""
    model.eval()
    total = count = 0.0
    for dialogue in dialogues:
        ids, learned = encoded(dialogue, tokenizer)
        batch = torch.tensor([ids[:POSITIONS]])
        labels = torch.where(torch.tensor([learned[:POSITIONS]]), batch, -100)
        tokens = int((labels[:, 1:] >= 0).sum())
        if tokens:
            with torch.autocast("cpu", torch.bfloat16):
                total += float(model(batch, labels=labels).loss) * tokens
            count += tokens
    model.train()
    return total / max(1.0, count)


def train_tokenizer(mixture: Mixture, folder: Path) -> None:
    """Byte-level BPE on dialogues as they are trained."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        (text for _ in range(20000) for _, text in mixture.draw()),
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=[END, *SPEAKERS.values()],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    wrapped = GPT2TokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        unk_token=END,
        additional_special_tokens=list(SPEAKERS.values()),
        model_max_length=POSITIONS,
    )
    wrapped.save_pretrained(folder)


def build_model() -> GPT2LMHeadModel:
    """A GPT-2 of 8.3 M parameters with random weights."""
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=VOCABULARY,
            n_positions=POSITIONS,
            n_embd=320,
            n_layer=5,
            n_head=5,
            # The same function as the usual gelu_new, in one operation instead of six.
            activation_function="gelu_pytorch_tanh",
            embd_pdrop=0.0,
            resid_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=END_ID,
            eos_token_id=END_ID,
        )
    )


def start_from(model: GPT2LMHeadModel, folder: Path) -> None:
    """Take over the weights of an earlier model; new positions begin as the mean of its last ones, with some noise."""
    earlier = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).state_dict()
    old = earlier["transformer.wpe.weight"]
    if len(old) < POSITIONS:
        new = old[-32:].mean(0) + 0.01 * torch.randn(POSITIONS - len(old), old.shape[1])
        earlier["transformer.wpe.weight"] = torch.cat([old, new])
    model.load_state_dict(earlier)


def build_optimizers(model: GPT2LMHeadModel) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for embeddings, norms and biases.

    Muon (Jordan, *Muon: An optimizer for hidden layers in neural networks*, 2024) with the scale of Liu et al.,
    *Muon is Scalable for LLM Training* (2025), section 2.2. One short run of each (about two minutes of
    processor time, another batch and warm-up) gave a held-out loss of 4.72 against AdamW's 4.76, which proves nothing.
    """
    named = list(model.named_parameters())
    matrices = [p for name, p in named if p.dim() == 2 and ".h." in name]
    others = [p for name, p in named if not (p.dim() == 2 and ".h." in name)]
    return (
        torch.optim.Muon(matrices, lr=PEAK_RATE, weight_decay=0.05, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    )


def rate_at(step: int, done: float) -> float:
    """Learning rate at ``step``, when the share ``done`` of the time is over."""
    falling = max(0.0, (done - LEVEL_SHARE) / (1 - LEVEL_SHARE))
    level = LAST_RATE + (PEAK_RATE - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(1.0, falling)))
    return level * min(1.0, (step + 1) / WARM_UP)


def load_texts(text: Path, data: Path, seed: int) -> tuple[Mixture, dict[str, list[Dialogue]]]:
    """Read all texts; returns what is learned and the held-out dialogues by kind."""
    learned, unseen, reworded = hold_out(read(text))
    facts = read_file(data / "facts.txt", {})
    mixture = Mixture(learned, facts, load_dialogues(data / "chat.jsonl"), seed)
    return mixture, {"unseen": spoken(unseen), "reworded": spoken(reworded)}


def spoken(exchanges: list[Exchange]) -> list[Dialogue]:
    """One dialogue of each block, always the same."""
    rng = random.Random(0)
    return [exchange.dialogue(rng) for exchange in exchanges]


class Trainer:
    """The network with its optimizers, and how far it came."""

    def __init__(self, run: Path, start: Path | None) -> None:
        self.checkpoint = run / "checkpoint.pt"
        self.model = build_model()
        self.optimizers = build_optimizers(self.model)
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]
            self.model.load_state_dict(state["model"])
            for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(kept)
        elif start is not None:
            start_from(self.model, start)

    def learn(self, batch: Batch, rate: float) -> float:
        """Take one step; returns the loss before it."""
        loss = loss_of(self.model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, factor in zip(self.optimizers, (MUON_FACTOR, 1.0), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = factor * rate
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        self.tokens += batch.ids.numel()
        return loss.item()

    def save(self) -> None:
        """Write the checkpoint; a crash while writing leaves the last one."""
        partial = self.checkpoint.with_suffix(".partial")
        state = {"model": self.model.state_dict(), "optimizers": [o.state_dict() for o in self.optimizers]}
        torch.save({**state, "step": self.step, "tokens": self.tokens, "seconds": self.seconds}, partial)
        partial.replace(self.checkpoint)


def tokenizer_of(run: Path, start: Path | None, mixture: Mixture) -> Any:
    """The run's tokenizer: that of the earlier model, or a new one."""
    if not (run / "tokenizer.json").exists():
        if start is None:
            train_tokenizer(mixture, run)
        else:
            GPT2TokenizerFast.from_pretrained(start, model_max_length=POSITIONS).save_pretrained(run)
    return GPT2TokenizerFast.from_pretrained(run)


def train(data: Path, run: Path, minutes: float, start: Path | None, text: Path) -> None:
    """Train for ``minutes`` in all, going on from the last checkpoint of ``run``."""
    run.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(run, start)
    torch.manual_seed(trainer.step)
    mixture, held_out = load_texts(text, data, seed=trainer.step)
    print(f"{len(mixture.blocks)} blocks, held out {[(k, len(v)) for k, v in held_out.items()]}", flush=True)
    tokenizer = tokenizer_of(run, start, mixture)
    packer = Packer(mixture, tokenizer)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    before, began, saved = trainer.seconds, time.monotonic(), time.monotonic()
    running, done = 0.0, before / (60 * minutes)
    trainer.model.train()
    while done < 1 and not stop.is_set():
        rate = rate_at(trainer.step, done)
        loss = trainer.learn(packer.batch(HUMAN_TOKENS if done < LEVEL_SHARE else 0.0), rate)
        trainer.seconds = before + time.monotonic() - began
        done = trainer.seconds / (60 * minutes)
        running = loss if running == 0.0 else 0.97 * running + 0.03 * loss
        if trainer.step % 20 == 0:
            progress = f"step {trainer.step} loss {running:.3f} rate {rate:.2e} tokens {trainer.tokens / 1e6:.2f} M"
            print(f"{progress} done {done:.1%} processor {time.process_time():.0f} s", flush=True)
        if done >= 1 or stop.is_set() or time.monotonic() - saved > CHECKPOINT_SECONDS:
            saved = time.monotonic()
            trainer.save()
            losses = {kind: validation(trainer.model, dialogues, tokenizer) for kind, dialogues in held_out.items()}
            print(f"step {trainer.step}, held out:", ", ".join(f"{k} {v:.3f}" for k, v in losses.items()), flush=True)


def export(run: Path, folder: Path, temperature: float) -> None:
    """Write the weights in eight bits as safetensors, with configuration and tokenizer."""
    model = build_model()
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    model.load_state_dict(state["model"])
    model.config.activation_function = "gelu_new"
    model.generation_config = GenerationConfig(
        do_sample=True,
        temperature=temperature,
        top_p=0.9,
        repetition_penalty=1.05,
        bos_token_id=END_ID,
        eos_token_id=END_ID,
    )
    model.half()
    model.tie_weights()
    model.save_pretrained(folder)
    GPT2TokenizerFast.from_pretrained(run).save_pretrained(folder)
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from alphsistant_addon.text_generation import gpt2  # noqa: PLC0415  (for the export alone)

    gpt2.pack(folder)
    print(f"step {state['step']}, {state['tokens'] / 1e6:.2f} M tokens, {state['seconds'] / 60:.0f} minutes")


def main() -> None:
    """Train or export."""
    parser = argparse.ArgumentParser(description="Train the shipped GPT-2.")
    parser.add_argument("data", type=Path, help="folder written by prepare.py")
    parser.add_argument("run", type=Path, help="folder for checkpoints")
    parser.add_argument("--minutes", type=float, default=95.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--temperature", type=float, default=0.4, help="written into the export")
    parser.add_argument("--from", dest="start", type=Path, metavar="FOLDER", help="an earlier model to start with")
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("text"), help="folder of the text files")
    parser.add_argument(
        "--export", type=Path, metavar="FOLDER", help="write the last checkpoint there instead of training"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.export:
        export(arguments.run, arguments.export, arguments.temperature)
    else:
        train(
            arguments.data,
            arguments.run,
            arguments.minutes,
            arguments.start,
            arguments.text,
        )


if __name__ == "__main__":
    main()
