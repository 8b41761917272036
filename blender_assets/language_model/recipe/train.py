"""Train the shipped GPT-2 from scratch.

    python prepare.py DATA
    python train.py DATA RUN [--minutes 75] [--threads 1]     (stops and resumes at will)
    python train.py DATA RUN --export FOLDER

GPT-2 as in Radford et al., *Language Models are Unsupervised Multitask Learners* (2019), section 2.3, with 5 layers of
width 320. A row holds whole dialogues, ``<|human|>Hi.<|alphsistant|>Hello.<|endoftext|>``. The share of the persona's
dialogues grows while the learning rate falls (Hu et al., *MiniCPM*, 2024, section 4: warm-up, stable, decay);
both follow the share of the time that is over, so the recipe ends when it is told to on any computer.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from persona import Dialogue, Persona, read
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast

END: Final = "<|endoftext|>"
SPEAKERS: Final = {"human": "<|human|>", "self": "<|alphsistant|>"}
VOCABULARY: Final = 6144
POSITIONS: Final = 192
BATCH: Final = 3
PEAK_RATE: Final = 1.0e-3
WARM_UP: Final = 80
DECAY_SHARE: Final = 0.45
PERSONA_SHARE: Final = (0.7, 0.85)
"""Share of persona dialogues in the stable part and at the end of the decay."""
CHECKPOINT_SECONDS: Final = 480.0


def text_of(dialogue: Dialogue) -> str:
    """A dialogue as the model reads it."""
    return "".join(SPEAKERS[speaker] + text for speaker, text in dialogue) + END


def has_self(dialogue: Dialogue) -> bool:
    """Whether the talking face could have said one of the turns."""
    return any(speaker == "self" for speaker, _ in dialogue)


def load_dialogues(path: Path) -> list[Dialogue]:
    """Read ``train.jsonl`` or ``held_out.jsonl``."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def train_tokenizer(dialogues: list[Dialogue], persona: Persona, folder: Path) -> None:
    """Byte-level BPE on the chat and as many words again of the persona."""
    rng = random.Random(0)
    texts = [text for dialogue in dialogues for _, text in dialogue]
    texts += [text for _ in range(5000) for _, text in persona.conversation(rng)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
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
            embd_pdrop=0.0,
            resid_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def reply_labels(rows: torch.Tensor) -> torch.Tensor:
    """Labels that leave out what humans say: −100, which the loss ignores. ``rows`` is ``[batch, tokens]``."""
    human, reply = 1, 2  # ids of the speaker tokens, after END
    speaker = torch.where(rows <= reply, rows, -1)
    positions = torch.arange(rows.shape[1]).expand_as(rows)
    last = torch.where(speaker >= 0, positions, 0).cummax(1).values
    # A token is learned when a reply is open before it; so the token that ends the reply is learned too.
    open_before = torch.full_like(rows, human)
    open_before[:, 1:] = rows.gather(1, last)[:, :-1]
    return torch.where(open_before == reply, rows, -100)


class Rows:
    """Endless rows of ``POSITIONS`` token ids, drawn from the chat and the persona."""

    def __init__(self, dialogues: list[Dialogue], persona: Persona, tokenizer: GPT2TokenizerFast, seed: int) -> None:
        self.chat = [tokenizer(text_of(dialogue))["input_ids"] for dialogue in dialogues if has_self(dialogue)]
        self.persona = persona
        self.tokenizer = tokenizer
        self.rng = random.Random(seed)
        self.order = self._shuffled()

    def _shuffled(self) -> Iterator[list[int]]:
        while True:
            order = list(self.chat)
            self.rng.shuffle(order)
            yield from order

    def row(self, persona_share: float) -> list[int]:
        """Whole dialogues, cut where the row ends; it starts at the start of a dialogue, as a prompt does."""
        ids: list[int] = []
        while len(ids) < POSITIONS:
            if self.rng.random() < persona_share:
                ids += self.tokenizer(text_of(self.persona.conversation(self.rng)))["input_ids"]
            else:
                ids += next(self.order)
        return ids[:POSITIONS]


def schedule(step: int, done: float) -> tuple[float, float]:
    """Learning rate and persona share at ``step``, when the share ``done`` of the time is over."""
    decay = max(0.0, (done - 1 + DECAY_SHARE) / DECAY_SHARE)
    rate = PEAK_RATE * min(1.0, (step + 1) / WARM_UP) * (1 - 0.97 * decay)
    # The persona comes in early in the decay, so that most of the careful steps see it.
    share = PERSONA_SHARE[0] + (PERSONA_SHARE[1] - PERSONA_SHARE[0]) * min(1.0, 3 * decay)
    return rate, share


@torch.inference_mode()
def perplexity(model: GPT2LMHeadModel, rows: list[list[int]]) -> float:
    """Perplexity per token of the replies, each token predicted from what stands before it in its dialogue."""
    loss = count = 0.0
    for ids in rows:
        batch = torch.tensor([ids[:POSITIONS]])
        labels = reply_labels(batch)
        tokens = int((labels[:, 1:] >= 0).sum())
        if tokens:
            loss += float(model.eval()(batch, labels=labels).loss) * tokens
            count += tokens
    return math.exp(loss / count)


def train(data: Path, run: Path, minutes: float) -> None:
    """Train for ``minutes`` in all, going on from the last checkpoint of ``run``."""
    run.mkdir(parents=True, exist_ok=True)
    persona = read(Path(__file__).with_name("persona.txt"))
    dialogues = load_dialogues(data / "train.jsonl")
    if not (run / "tokenizer.json").exists():
        train_tokenizer(dialogues, persona, run)
    tokenizer = GPT2TokenizerFast.from_pretrained(run)
    torch.manual_seed(0)
    model = build_model()
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=PEAK_RATE,
        betas=(0.9, 0.99),
        fused=True,
    )
    checkpoint = run / "checkpoint.pt"
    step, before = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, before = state["step"], state["seconds"]
    rows = Rows(dialogues, persona, tokenizer, seed=step)
    model.train()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    start = saved = time.monotonic()
    running, done = 0.0, before / (60 * minutes)
    while done < 1 and not stop.is_set():
        rate, share = schedule(step, done)
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = torch.tensor([rows.row(share) for _ in range(BATCH)])
        # The questions are drawn at random: late in the training, guessing them is noise.
        loss = model(batch, labels=reply_labels(batch) if share > PERSONA_SHARE[0] else batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        seconds = before + time.monotonic() - start
        done = seconds / (60 * minutes)
        now = loss.item()
        running = now if running == 0.0 else 0.97 * running + 0.03 * now
        if step % 10 == 0:
            print(f"step {step} loss {running:.3f} rate {rate:.2e} persona {share:.2f} done {done:.1%}", flush=True)
        if done >= 1 or stop.is_set() or time.monotonic() - saved > CHECKPOINT_SECONDS:
            saved = time.monotonic()
            partial = checkpoint.with_suffix(".partial")
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds}
            torch.save(state, partial)
            partial.replace(checkpoint)


def export(data: Path, run: Path, folder: Path) -> None:
    """Write the weights as fp16 safetensors with configuration and tokenizer, and print the held-out perplexities."""
    model = build_model()
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    model.load_state_dict(state["model"])
    model.generation_config = GenerationConfig(
        do_sample=True, temperature=0.4, top_p=0.9, repetition_penalty=1.05, bos_token_id=0, eos_token_id=0
    )
    tokenizer = GPT2TokenizerFast.from_pretrained(run)
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    shipped = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32)
    chat = [d for d in load_dialogues(data / "held_out.jsonl") if has_self(d)]
    print(f"step {state['step']}, {len(chat)} held-out chat dialogues", end=": ")
    print(f"perplexity {perplexity(shipped, [tokenizer(text_of(d))['input_ids'] for d in chat]):.1f} a token")


def main() -> None:
    """Train or export."""
    parser = argparse.ArgumentParser(description="Train the shipped GPT-2 from scratch.")
    parser.add_argument("data", type=Path, help="folder written by prepare.py")
    parser.add_argument("run", type=Path, help="folder for checkpoints")
    parser.add_argument("--minutes", type=float, default=75.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--export", type=Path, metavar="FOLDER", help="write the last checkpoint there instead of training"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.export:
        export(arguments.data, arguments.run, arguments.export)
    else:
        train(arguments.data, arguments.run, arguments.minutes)


if __name__ == "__main__":
    main()
