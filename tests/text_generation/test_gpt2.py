"""GPT-2 on plain torch: the same scores, tokens and words as by transformers, and what is left to it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_models import make_folder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file

from alphsistant_addon.core import assets
from alphsistant_addon.text_generation import LanguageModel, drawing, gpt2, int8, language_model, model_memory
from alphsistant_addon.text_generation.dialogue_format import HUMAN, SELF, Sampling

TEXTS = ["Hello there!", f"{HUMAN}Who are you?{SELF}", "naïve café — “quotes” 🙂\n\n  spaces ", "1,000.5 + x²", ""]


@pytest.mark.parametrize("shipped", [False, True])
def test_scores_and_words_are_those_of_transformers(tmp_path: Path, shipped: bool):
    folder = (
        assets.asset_folder("language_model")
        if shipped
        else make_folder(tmp_path, HUMAN, SELF, n_layer=3, n_inner=24, layer_norm_epsilon=1e-3)
    )
    loaded = gpt2.load(folder)
    assert loaded is not None
    network, tokenizer = loaded
    whole = tmp_path / "whole"
    if shipped:
        gpt2.expand(folder, whole)
    other_network, other_tokenizer = language_model._load_with_transformers(whole if shipped else folder)
    assert len(tokenizer) == len(other_tokenizer)
    assert sorted(tokenizer.all_special_ids) == sorted(other_tokenizer.all_special_ids)
    assert tokenizer.eos_token_id == other_tokenizer.eos_token_id
    assert tokenizer.get_vocab() == other_tokenizer.get_vocab()
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert ids == other_tokenizer.encode(text, add_special_tokens=False)
        for skip in (True, False):
            words = other_tokenizer.decode(ids, skip_special_tokens=skip)
            assert tokenizer.decode(ids, skip_special_tokens=skip) == words
    ids = torch.randint(0, network.config.vocab_size, (2, 40), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        ours, theirs = network(ids), other_network(ids)
        assert torch.allclose(ours.logits, theirs.logits, atol=1e-4)
        first = network(ids[:, :25], logits_to_keep=1)
        rest = network(ids[:, 25:], first.past_key_values)
        assert torch.allclose(rest.logits, theirs.logits[:, 25:], atol=1e-4)
        assert torch.allclose(first.logits, theirs.logits[:, 24:25], atol=1e-4)
        again = network(ids[:, 25:], first.past_key_values)
        assert torch.equal(again.logits, rest.logits), "the cache is not changed"


def test_weights_in_eight_bits_say_nearly_the_same_and_come_back_as_a_folder_for_transformers(tmp_path: Path):
    folder = make_folder(tmp_path, n_layer=2)
    before = gpt2.load(folder)
    gpt2.pack(folder)
    assert not (folder / gpt2.WEIGHTS).exists()
    after = gpt2.load(folder)
    gpt2.expand(folder, tmp_path / "whole")
    whole = gpt2.load(tmp_path / "whole")
    assert before is not None
    assert after is not None
    assert whole is not None
    for name, weights in before[0].state_dict().items():
        error = float((after[0].state_dict()[name] - weights).abs().max())
        assert error <= float(weights.abs().max()) / 254 + 1e-3, name
        assert torch.equal(whole[0].state_dict()[name], after[0].state_dict()[name])
    assert model_memory.needed_bytes(folder) > 0


def test_weights_as_openai_published_them_are_read(tmp_path: Path):
    """Without the prefix, with the causal mask, and the head written out."""
    folder = make_folder(tmp_path)
    expected = gpt2.load(folder)
    path = folder / gpt2.WEIGHTS
    weights = {name.removeprefix("transformer."): tensor for name, tensor in load_file(path).items()}
    weights |= {"h.0.attn.bias": torch.ones(1, 1, 8, 8), "lm_head.weight": weights["wte.weight"].clone()}
    save_file(weights, path, {"format": "pt"})
    found = gpt2.load(folder)
    assert expected is not None
    assert found is not None
    ids = torch.arange(10)[None]
    assert torch.equal(found[0](ids).logits, expected[0](ids).logits)


@pytest.mark.parametrize(
    "change",
    [
        {"activation_function": "relu"},
        {"scale_attn_by_inverse_layer_idx": True},
        {"tie_word_embeddings": False},
        {"scale_attn_weights": False},
    ],
)
def test_unusual_settings_are_left_to_transformers(tmp_path: Path, change: dict[str, object]):
    folder = make_folder(tmp_path, **change)
    assert gpt2.load(folder) is None
    assert isinstance(LanguageModel.load(folder)._network, transformers.GPT2LMHeadModel)


def test_a_tokenizer_that_knows_more_than_the_network_is_refused(tmp_path: Path):
    folder = make_folder(tmp_path)
    settings = json.loads((folder / "config.json").read_text())
    path = folder / gpt2.WEIGHTS
    weights = load_file(path)
    weights["transformer.wte.weight"] = weights["transformer.wte.weight"][:-1].clone()
    save_file(weights, path, {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(settings | {"vocab_size": settings["vocab_size"] - 1}))
    with pytest.raises(ValueError, match="more tokens"):
        gpt2.load(folder)


@pytest.mark.parametrize("sampling", [Sampling(0.4, 0.9, 1.05), Sampling(1.3, 0.5, 2.0), Sampling(0.7, 1.0, 1.0)])
def test_probabilities_are_those_of_transformers(sampling: Sampling):
    scores = 5 * torch.randn(500, generator=torch.Generator().manual_seed(3))
    written = [4, 7, 7, 200, 499]
    before = scores.clone()
    found = drawing.probabilities(scores, written, sampling)
    theirs = transformers.RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty)(
        torch.tensor([written]), scores[None].clone()
    )
    theirs = transformers.TemperatureLogitsWarper(sampling.temperature)(None, theirs)
    theirs = transformers.TopPLogitsWarper(sampling.top_p)(None, theirs)
    assert torch.allclose(found, theirs.softmax(-1)[0], atol=1e-6)
    assert torch.equal(scores, before)


@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 3.0, 30.0])
@pytest.mark.parametrize("top_p", [0.05, 0.9, 0.999])
def test_the_nucleus_of_a_large_vocabulary_is_that_of_transformers(spread: float, top_p: float):
    scores = spread * torch.randn(20_000, generator=torch.Generator().manual_seed(3)) + torch.arange(20_000) * 1e-5
    found = drawing.probabilities(scores, [], Sampling(1.0, top_p, 1.0))
    theirs = transformers.TopPLogitsWarper(top_p)(None, scores[None].clone()).softmax(-1)[0]
    # Tokens of all but the same score may change places at the edge.
    assert float((found - theirs).abs().sum()) < 2e-3
    assert abs(int((found > 0).sum()) - int((theirs > 0).sum())) <= 4


def random_network(width: int = 512) -> gpt2.GPT2:
    torch.manual_seed(0)
    network = gpt2.GPT2(gpt2.Config(500, 64, width, 2, 8)).to_empty(device="cpu").eval()
    for name, parameter in network.named_parameters():
        parameter.data.normal_(1.0 if ".ln" in name and "weight" in name else 0.0, 0.05)
    return network.tie()


def test_eight_bits_change_the_scores_by_little():
    network = random_network()
    ids = torch.randint(0, 500, (1, 30), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        before = network(ids).logits
        assert int8.make_faster(network, ids[0].tolist())
        after = network(ids).logits
        assert 0.0 < float((after - before).norm() / before.norm()) < 0.06
        assert float((after.argmax(-1) == before.argmax(-1)).float().mean()) > 0.8
        cached = network(ids[:, 20:], network.read(ids[:, :20], None)).logits
        assert torch.allclose(cached, after[:, 20:], atol=0.05 * float(after.abs().max()))
    assert not [module for module in network.modules() if type(module) is torch.nn.Linear]


def test_a_network_that_suffers_keeps_its_precision(monkeypatch: pytest.MonkeyPatch):
    network = random_network()
    ids = torch.arange(10)[None]
    with torch.inference_mode():
        before = network(ids).logits
        monkeypatch.setattr(int8, "MOST_LOSS", -1.0)
        assert not int8.make_faster(network, ids[0].tolist())
        assert torch.equal(network(ids).logits, before)
        for error in (RuntimeError("no such kernel"), AttributeError("no such function")):

            def missing(*_arguments: object, error: Exception = error) -> None:
                raise error

            monkeypatch.setattr(int8.Int8Linear, "__init__", missing)
            assert not int8.make_faster(network, ids[0].tolist())
            assert torch.equal(network(ids).logits, before)


def test_the_shipped_network_predicts_as_well_with_eight_bits():
    """Weights of speech, if small ones; those of OpenAI's are compared on the user's computer when they are loaded."""
    loaded = gpt2.load(assets.asset_folder("language_model"))
    assert loaded is not None
    network, tokenizer = loaded
    ids = tokenizer.encode(int8.TEXT, add_special_tokens=False)[: network.config.n_positions]
    with torch.inference_mode():
        before = int8._loss(network, ids)
        assert int8.make_faster(network, ids)
        assert abs(int8._loss(network, ids) - before) < 0.02


@pytest.mark.parametrize(("width", "faster"), [(16, False), (512, True)])
def test_wide_networks_compute_with_eight_bits(tmp_path: Path, width: int, faster: bool):
    model = LanguageModel.load(make_folder(tmp_path, n_embd=width), use_gpu=False)
    assert any(isinstance(module, int8.Int8Linear) for module in model._network.modules()) is faster
    assert len(list(model._tokens([1, 2, 3], 8, torch.Generator().manual_seed(0), None))) == 8


def test_the_shipped_model_answers_without_transformers():
    """The first click does not wait for its import, two to three seconds, nor for sympy's, one second."""
    code = (
        "import sys, torch; sys.modules['transformers'] = None; before = 'sympy' in sys.modules\n"
        "from alphsistant_addon.text_generation import LanguageModel\n"
        "print(*LanguageModel.load().reply('Hello!', seed=1), file=sys.stderr)\n"
        "print(before == ('sympy' in sys.modules))"
    )
    root = Path(assets.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert len(done.stderr) > 5
    assert done.stdout == "True\n"
