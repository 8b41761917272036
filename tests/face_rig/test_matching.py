"""Faces as they come: every naming scheme, every spelling, several meshes, and names that only look like shapes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.face_rig import presets
from alphsistant_addon.face_rig.matching import match
from alphsistant_addon.face_rig.rig_map import RigMap, Row
from alphsistant_addon.face_rig.schemes import SCHEMES, SUBSTITUTES
from alphsistant_addon.face_rig.schemes.scheme import Scheme
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, ARKIT_DIRECTIONS, VISEMES
from alphsistant_addon.lip_sync.curves import sample_curve


def keys(rig: RigMap, channel: str) -> dict[str, float]:
    return {row.key: row.weight for row in rig.rows if row.channel == channel}


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def short_side(name: str) -> str:
    return name if name in ARKIT_DIRECTIONS else re.sub("Left$", "_L", re.sub("Right$", "_R", name))


LONG = {"E": "E", "I": "ih", "O": "oh", "U": "ou"}

OCULUS_SPELLINGS: dict[str, Callable[[str], str]] = {
    "Ready Player Me": lambda v: f"viseme_{v}",
    "VRChat": lambda v: f"vrc.v_{LONG.get(v, v).lower()}",
    "bare": lambda v: v,
    "upper, dashed": lambda v: f"VISEME-{LONG.get(v, v).upper()}",
    "camel": lambda v: f"visemes{v.title()}",
    "with the mesh's name": lambda v: f"Head_v_{v}",
    "exporter's prefix and Blender's number": lambda v: f"blendShape1.viseme_{v}.001",
    "spaced": lambda v: f"Viseme {v} ",
}


@pytest.mark.parametrize("spelling", OCULUS_SPELLINGS)
def test_oculus_names_in_every_spelling(spelling: str) -> None:
    names = {v: OCULUS_SPELLINGS[spelling](v) for v in VISEMES}
    rig = match({"Head": ["Basis", *names.values()]})
    for viseme, name in names.items():
        assert keys(rig, f"viseme_{viseme}") == {name: 1.0}
    assert rig.coverage == 1.0


ARKIT_SPELLINGS: dict[str, Callable[[str], str]] = {
    "Apple": lambda c: c,
    "snake": snake,
    "short sides": short_side,
    "dotted sides": lambda c: short_side(c).replace("_", "."),
    "upper": str.upper,
    "lower, numbered": lambda c: f"{c.lower()}.002",
    "pascal": lambda c: c[0].upper() + c[1:],
    "MPFB": lambda c: f"!ex-{c}",
    "numbered list": lambda c: f"A{ARKIT_CHANNELS.index(c) + 1:02d}_{snake(c).title()}",
    "unknown prefix": lambda c: f"Gandalf:{c}",
    "suffix": lambda c: f"{c}_Mesh",
}


@pytest.mark.parametrize("spelling", ARKIT_SPELLINGS)
def test_arkit_names_in_every_spelling_and_visemes_composed(spelling: str) -> None:
    names = {c: ARKIT_SPELLINGS[spelling](c) for c in ARKIT_CHANNELS}
    rig = match({"Face": list(names.values())})
    for channel, name in names.items():
        assert keys(rig, channel) == {name: 1.0}
    assert keys(rig, "viseme_U") == {
        names["jawOpen"]: 0.14,
        names["mouthPucker"]: 0.90,
        names["mouthFunnel"]: 0.20,
    }
    assert keys(rig, "viseme_SS")[names["mouthSmileLeft"]] == 0.25
    assert rig.coverage == 1.0
    assert "ARKit" in rig.sentence


DIGITS = st.integers(1, 999).map("{:03d}".format)
PREFIXES = st.sampled_from(
    ["", "Gandalf", "blendShape2", "CC_Game_Body", "my char v2", "Hero7", "head_geo", "Genesis8Female", "bs", "X", "Ω"]
)
SUFFIXES = st.sampled_from(["", "Mesh", "geo", "Gandalf", "LOD0", "2"])
SEPARATORS = st.sampled_from(["_", ".", " ", "-", ":", "|", "__", "_-_"])
CASES = st.sampled_from([str, str.lower, str.upper])
NO_SHAPES = ("fat", "thin", "Big Nose", "belly", "height", "Fingers_Spread", "shoe heel", "chest_inflate")


def one_of_each_shape(scheme: Scheme) -> list[str]:
    """A mesh's keys in a scheme: the first spelling of each shape, in two sides where a recipe asks for sides."""
    names = [spellings[0] for spellings in scheme.spellings.values()]
    asked = {shape for recipe in scheme.expressions.values() for shape in recipe}
    sided = {re.sub("(Left|Right)$", "", shape) for shape in asked - set(scheme.spellings)}
    pairs = [spellings[0] for shape, spellings in scheme.spellings.items() if shape in sided]
    return [n for n in names if n not in pairs] + [f"{n}_{side}" for n in pairs for side in "LR"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_affix_of_any_kind_before_a_set_of_any_kind_changes_nothing(data: st.DataObject) -> None:
    """Prefix, suffix, Blender's number, case and separator, before a whole set and before other keys, on two meshes."""
    meshes: dict[str, list[str]] = {}
    plain: dict[str, list[str]] = {}
    decorated: dict[tuple[str, str], str] = {}
    for mesh in data.draw(st.sampled_from([("Object",), ("Object", "Other")])):
        names = one_of_each_shape(SCHEMES[data.draw(st.integers(0, len(SCHEMES) - 1))])
        prefix, suffix, separator = data.draw(PREFIXES), data.draw(SUFFIXES), data.draw(SEPARATORS)
        number = data.draw(st.one_of(st.just(""), DIGITS.map(".{}".format)))
        case = data.draw(CASES)
        others = data.draw(st.lists(st.sampled_from(NO_SHAPES), unique=True))
        others_too = data.draw(st.booleans())
        plain[mesh] = names
        made = {name: separator.join(filter(None, (prefix, case(name), suffix))) + number for name in names}
        decorated |= {(mesh, name): new for name, new in made.items()}
        meshes[mesh] = [separator.join(filter(None, (prefix, o))) if others_too else o for o in others]
        meshes[mesh] = data.draw(st.permutations([*made.values(), *meshes[mesh]]))
    wanted = [dataclasses.replace(row, key=decorated[row.mesh, row.key]) for row in match(plain).rows]
    assert sorted(match(meshes).rows, key=str) == sorted(wanted, key=str)
    assert wanted


VROID = "Face.M_F00_000_00_Fcl_"

SCHEME_MESHES = {
    "VRM 0": ["A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R", "Joy"],
    "VRM 0 by VRoid": [*(f"{VROID}MTH_{v}" for v in "AIUEO"), f"{VROID}EYE_Close_L", f"{VROID}EYE_Close_R"],
    "VRM 1": ["aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight", "happy"],
    "MMD": ["あ", "い", "う", "え", "お", "ん", "まばたき", "ウィンク", "ウィンク右", "にこり"],
    "Character Creator": (
        [
            "AE",
            "Ah",
            "B_M_P",
            "Ch_J",
            "EE",
            "Er",
            "F_V",
            "Ih",
            "K_G_H_NG",
            "Oh",
            "R",
            "S_Z",
            "T_L_D_N",
            "Th",
            "W_OO",
            "Eye_Blink_L",
            "Eye_Blink_R",
        ]
    ),
    "Character Creator (lip shapes)": [
        "V_Open",
        "V_Explosive",
        "V_Dental_Lip",
        "V_Tight_O",
        "V_Tight",
        "V_Wide",
        "V_Affricate",
        "V_Lip_Open",
        "V_Tongue_up",
        "V_Tongue_Raise",
        "V_Tongue_Out",
        "Eye_Blink_L",
        "Eye_Blink_R",
    ],
    "MakeHuman": [
        *(f"!ex-mouth-{u}" for u in ("open", "compression", "protusion", "retraction", "parling", "pursing")),
        *(f"!ex-eye-{side}-closure" for side in ("left", "right")),
    ],
    "Preston Blair": ["AI", "E", "O", "U", "etc", "L", "WQ", "MBP", "FV", "rest"],
    "Fleming-Dobbs": ["rest", "MBP", "FV", "TH", "NLTDR", "GK", "SH", "EHSZ", "AA", "IY", "O"],
    "Rhubarb": [f"mouth_{letter}" for letter in "ABCDEFGHX"],
    "FACS": [
        "AU1",
        "AU_02_L",
        "AU_02_R",
        "AU4",
        "AU10",
        "AU12",
        "AU17",
        "AU18",
        "AU20",
        "AU22",
        "AU23",
        "AU24",
        "AU25",
        "AU26",
        "AU28",
        "AU45_L",
        "AU45_R",
    ],
}

OPEN_AND_CLOSED = {
    "VRM 0": ("A", None),
    "VRM 0 by VRoid": (f"{VROID}MTH_A", None),
    "VRM 1": ("aa", None),
    "MMD": ("あ", "ん"),
    "Character Creator": ("Ah", "B_M_P"),
    "Character Creator (lip shapes)": ("V_Open", "V_Explosive"),
    "MakeHuman": ("!ex-mouth-open", "!ex-mouth-compression"),
    "Preston Blair": ("AI", "MBP"),
    "Fleming-Dobbs": ("AA", "MBP"),
    "Rhubarb": ("mouth_D", "mouth_A"),
    "FACS": ("AU26", "AU24"),
}


@pytest.mark.parametrize("scheme", SCHEME_MESHES)
def test_every_scheme_is_known_by_its_names(scheme: str) -> None:
    rig = match({"Figure": SCHEME_MESHES[scheme]})
    assert {r.scheme for r in rig.rows if r.channel.startswith("viseme_")} == {scheme.removesuffix(" by VRoid")}
    assert rig.reached == VISEMES
    wide, closed = OPEN_AND_CLOSED[scheme]
    assert keys(rig, "viseme_aa")[wide] >= 0.85
    if closed:
        assert keys(rig, "viseme_PP")[closed] >= 0.6
    else:
        assert keys(rig, "viseme_PP") == {}
        assert "PP by the rest pose" in rig.sentence
    if any("link" in name or "closure" in name or "AU45" in name for name in SCHEME_MESHES[scheme]):
        assert keys(rig, "eyeBlinkLeft")
        assert keys(rig, "eyeBlinkLeft") != keys(rig, "eyeBlinkRight")


def test_plain_words_drive_what_there_is_and_say_what_is_missing() -> None:
    rig = match({"Suzanne": ["Basis", "Mouth.Open", "Smile", "Blink.L", "Blink.R"]})
    assert keys(rig, "viseme_aa") == {"Mouth.Open": 1.0}
    assert keys(rig, "mouthSmileLeft") == {"Smile": 0.5}
    assert keys(rig, "eyeBlinkRight") == {"Blink.R": 1.0}
    assert "no FF" in rig.sentence
    assert rig.coverage < 0.5


def test_a_robot_with_expressions_alone_has_no_mouth() -> None:
    """The names of three.js's RobotExpressive."""
    rig = match({name: ["Angry", "Surprised", "Sad"] for name in ("Head_2", "Head_3", "Head_4")})
    assert rig.reached == ()
    assert "No mouth shapes were found" in rig.sentence


def test_a_head_with_an_open_mouth_and_a_smile_alone_says_what_it_lacks() -> None:
    """The two keys of Ready Player Me's smallest head."""
    rig = match({"Wolf3D_Head": ["mouthOpen", "mouthSmile"], "Wolf3D_Teeth": ["mouthOpen", "mouthSmile"]})
    assert len(rig.reached) == 9
    assert "no FF, CH, SS, RR, I, U; no blink" in rig.sentence


def test_several_meshes_and_a_missing_shape() -> None:
    names = [f"viseme_{v}" for v in VISEMES if v != "TH"]
    rig = match({"Head": names, "Teeth": names, "Hair": ["Basis", "wind"], "Eyes": []})
    assert rig.sentence == "15 of 15 visemes: Oculus names on “Head”, “Teeth”; TH by DD; no blink."
    assert {(r.mesh, r.key, r.substitute) for r in rig.rows if r.channel == "viseme_TH"} == {
        ("Head", "viseme_DD", "DD"),
        ("Teeth", "viseme_DD", "DD"),
    }


def test_teeth_follow_the_jaw_without_counting_as_a_mouth() -> None:
    rig = match({"Face": list(ARKIT_CHANNELS), "Teeth": ["jawOpen"]})
    teeth = {r.channel for r in rig.rows if r.mesh == "Teeth" and r.channel.startswith("viseme_")}
    assert {"viseme_aa", "viseme_O", "viseme_PP"} <= teeth
    assert match({"Teeth": ["jawOpen"]}).reached != VISEMES


def test_own_viseme_keys_go_before_composed_ones() -> None:
    rig = match({"Head": [*(f"viseme_{v}" for v in VISEMES), *ARKIT_CHANNELS]})
    assert keys(rig, "viseme_PP") == {"viseme_PP": 1.0}
    assert keys(rig, "jawOpen") == {"jawOpen": 1.0}


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["", " ", "...", "🙂", "\u0000", "Basis", "Key 1", "Key 2"],
        ["fat", "big nose", "A", "B"],
        ["jawOpen_mouthClose_corrective", "old_jawOpen", "no_smile", "smile_fix"],
    ],
)
def test_names_that_are_no_shapes_are_left_alone(names: list[str]) -> None:
    rig = match({"Head": names})
    assert rig.rows == ()
    assert rig.sentence == "No shape key with a known name was found."


def test_an_affix_that_is_a_shape_itself() -> None:
    rig = match({"Head": [*(f"X_{letter}" for letter in "ABCDEFGHX"), *(f"{name}_key" for name in NO_SHAPES)]})
    assert keys(rig, "viseme_U") == {"X_F": 1.0}
    assert keys(rig, "viseme_sil") == {"X_X": 1.0}


def test_an_affix_before_a_part_of_a_set() -> None:
    rig = match({"Head": ["blendShape2.jawOpen", "blendShape2.jawLeft", "blendShape2.jawRight"]})
    assert set(keys(rig, "viseme_aa")) == {"blendShape2.jawOpen"}
    assert keys(rig, "jawLeft") == {"blendShape2.jawLeft": 1.0}
    assert not keys(match({"Head": ["Jaw_L", "Jaw_R", "x.mouthLeft", "x.mouthRight"]}), "viseme_aa")


def test_mmd_names_as_cats_translates_them() -> None:
    rig = match({"Body": ["Ah", "Ch", "U", "E", "Oh", "Blink", "Wink", "Wink Right", "Hmm", "Fat"]})
    vowels = {viseme: keys(rig, f"viseme_{viseme}") for viseme in ("aa", "I", "U", "E", "O", "PP")}
    assert vowels == {
        "aa": {"Ah": 1.0},
        "I": {"Ch": 0.9},
        "U": {"U": 0.95},
        "E": {"E": 0.9},
        "O": {"Oh": 0.95},
        "PP": {"Hmm": 1.0},
    }
    assert keys(rig, "eyeBlinkLeft") == {"Wink": 1.0}
    assert keys(rig, "eyeBlinkRight") == {"Wink Right": 1.0}
    assert keys(match({"Body": ["Ah", "Ch", "U", "E", "Oh", "Blink"]}), "eyeBlinkRight") == {"Blink": 0.5}


MPFB_VISEMES = (
    *("aa_02", "aa_ah_ax_01", "ao_03", "aw_09", "ay_11", "d_t_n_19", "er_05", "ey_eh_uh_04", "f_v_18", "h_12"),
    *("k_g_ng_20", "l_14", "ow_08", "oy_10", "p_b_m_21", "r_13", "sh_ch_jh_zh_16", "sil_00", "s_z_15", "th_dh_17"),
    *("w_uw_07", "y_iy_ih_ix_06"),
)


def test_microsofts_visemes_by_sound_and_by_number() -> None:
    rig = match({"Human": MPFB_VISEMES})
    assert rig.sentence == "15 of 15 visemes: Microsoft names on “Human”; no blink."
    by_number = match({"Human": [f"viseme_{number}" for number in range(22)]})
    for name, number in (("PP", 21), ("aa", 2), ("SS", 15), ("U", 7), ("RR", 13), ("sil", 0)):
        assert keys(by_number, f"viseme_{name}") == {f"viseme_{number}": 1.0}
        assert keys(rig, f"viseme_{name}") == {n: 1.0 for n in MPFB_VISEMES if n.endswith(f"_{number:02d}")}
    assert not match({"Human": [f"viseme_{number}" for number in range(15)]}).rows, "Meta's fifteen, or anything"
    assert not match({"Human": [str(number) for number in range(22)]}).rows


def test_the_plain_name_wins_over_its_copies_whatever_their_order() -> None:
    names = ["AE", "Ah", "B_M_P", "Ch_J", "EE", "F_V", "Oh", "R", "W_OO"]
    rig = match({"Body": [*(f"{n}.002" for n in names), *(f"{n}.001" for n in names), *names]})
    assert {row.key for row in rig.rows} <= set(names)
    copies = match({"Body": [*(f"{n}.002" for n in names), *(f"{n}.001" for n in names)]})
    assert {row.key[-4:] for row in copies.rows} == {".001"}


DAZ_VISEMES = ("AA", "EE", "EH", "ER", "F", "IH", "IY", "K", "L", "M", "OW", "S", "SH", "T", "TH", "UW", "W")


@pytest.mark.parametrize("form", ["eCTRLv{}", "Genesis8Female__eCTRLv{}", "facs_ctrl_v{}", "head__CTRLVSM{}", "v{}"])
def test_daz_visemes_in_every_generations_spelling(form: str) -> None:
    rig = match({"Genesis 8 Female": ["Basis", *(form.format(v) for v in DAZ_VISEMES)]})
    assert rig.coverage == 1.0
    assert "Daz names" in rig.sentence
    wanted = {"PP": "M", "FF": "F", "CH": "SH", "aa": "AA", "I": "IY", "U": "UW", "RR": "ER"}
    assert {v: keys(rig, f"viseme_{v}") for v in wanted} == {v: {form.format(d): 1.0} for v, d in wanted.items()}


def test_daz_facs_names_are_apples() -> None:
    body = [f"facs_bs_{c[0].upper()}{c[1:]}_div2" for c in ARKIT_CHANNELS if not c.startswith(("jaw", "brow"))]
    rig = match({"Genesis 8.1 Mesh": [*body, "facs_jnt_JawOpen", "facs_BrowDownLeft", "facs_jnt_EyesWideRight"]})
    assert keys(rig, "mouthSmileLeft") == {"facs_bs_MouthSmileLeft_div2": 1.0}
    assert keys(rig, "jawOpen") == {"facs_jnt_JawOpen": 1.0}
    assert rig.reached == VISEMES
    quarters = [f"facs_bs_MouthFunnel{part}{side}" for part in ("Upper", "Lower") for side in ("Left", "Right")]
    assert keys(match({"Genesis 9": [*quarters, "facs_bs_JawOpen"]}), "mouthFunnel") == dict.fromkeys(quarters, 1.0)


def test_mb_labs_expressions() -> None:
    names = ["mouthOpen_max", "mouthOpenHalf_max", "mouthOpenO_max", "mouthOpenLarge_min", "mouthOpenTeethClosed_max"]
    names += ["mouthClosed_max", "mouthBite_max", "mouthSmile_max", "mouthSmile_min", "eyeClosedL_max"]
    names += ["eyeClosedR_max", "abdomExpansion_max", "mouthOpen_min", "mouthClosed_min", "eyeClosedL_min"]
    rig = match({"f_ca01": [f"Expressions_{name}" for name in names]})
    assert rig.reached == VISEMES
    assert keys(rig, "viseme_aa") == {"Expressions_mouthOpen_max": 1.0}
    assert keys(rig, "viseme_PP") == {"Expressions_mouthClosed_max": 0.9}
    assert keys(rig, "eyeBlinkLeft") == {"Expressions_eyeClosedL_max": 1.0}
    assert {row.scheme for row in rig.rows} == {"MB-Lab"}


def test_character_creators_extended_profile_is_apples_in_another_order() -> None:
    rig = match({"CC_Base_Body": ["Mouth_Funnel_Up_L", "Mouth_Funnel_Up_R", "Mouth_Down_Lower_L", "Jaw_Open", "Jaw_L"]})
    assert keys(rig, "mouthLowerDownLeft") == {"Mouth_Down_Lower_L": 1.0}
    assert keys(rig, "mouthFunnel") == {"Mouth_Funnel_Up_L": 1.0, "Mouth_Funnel_Up_R": 1.0}
    assert keys(rig, "jawLeft") == {"Jaw_L": 1.0}
    assert "Jaw_L" not in keys(rig, "viseme_aa")


def test_a_side_mark_may_stand_away_from_the_shape() -> None:
    rig = match({"Head": ["L_Head_mouthSmile", "R_Head_mouthSmile", "eyeBlink_mesh_L", "eyeBlink_mesh_R"]})
    assert keys(rig, "mouthSmileRight") == {"R_Head_mouthSmile": 1.0}
    assert keys(rig, "eyeBlinkLeft") == {"eyeBlink_mesh_L": 1.0}


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    "names",
    [
        ["Ah"],
        ["open", "close"],
        ["Open", "Close", "Half", "Locked"],
        ["A", "E", "O"],
        ["A", "B", "C"],
        [*ALPHABET],
        [f"Variant_{letter}" for letter in ALPHABET],
        [f"Variant_{letter}" for letter in ALPHABET[:8]],
        [f"LOD.{letter}_geo" for letter in ALPHABET[:12]],
        [*ALPHABET[:6]],
        ["N", "E", "S", "W"],
        ["Open", "Wide", "Tight", "Explosive_Charge"],
        ["hand_open_L", "hand_open_R", "hand_stretch_L", "fist", "leg_narrow", "wing_wide"],
        ["Breasts_Large", "Muscle", "Fat", "Thin", "Arm_L", "Arm_R", "U_Bend", "I_Beam", "O_Ring"],
        ["eye_wide", "eye_open", "nose_wide", "nose_narrow", "Eyes_Open", "head_wide"],
        ["R", "L", "F", "B", "T", "M"],
        ["AU", "AU_logo", "Gold_AU", "Au79"],
        ["1", "2", "3", "viseme", "02", "aa"],
        ["rest", "E", "etc"],
        ["Ch", "U", "E", "Blink"],
        ["ow", "er", "ay"],
        ["jaw_left", "jaw_right"],
    ],
)
def test_ordinary_keys_of_things_and_bodies_make_no_face(names: list[str]) -> None:
    for mesh in ("Cube", "Body", "Gate.001"):
        rig = match({mesh: names})
        assert not (rig.means_a_face and rig.reached), rig.sentence


def test_other_keys_of_a_body_do_not_speak_with_its_face() -> None:
    others = [
        "hand_stretch",
        "leg_narrow",
        "Variant_A",
        "Variant_B",
        "eye_wide",
        "Eyes_Wide",
        "Eyes_Open",
        "Tongue_Wide",
    ]
    others += ["Head_Narrow", "face_wide", "Body_Stretch", "brows_wide"]
    rig = match({"Body": [*others, "Mouth_Open", "Smile"]})
    assert {row.key for row in rig.rows if row.channel.startswith("viseme_")} == {"Mouth_Open"}


def test_an_exact_name_wins_over_one_with_a_prefix() -> None:
    rig = match({"Head": ["Gandalf_jawOpen", "jawOpen", "Head_jawOpen"]})
    assert keys(rig, "jawOpen") == {"jawOpen": 1.0}


def test_jaw_left_is_a_direction() -> None:
    rig = match({"Head": ["jawLeft", "jawRight", "mouthLeft"]})
    assert keys(rig, "jawLeft") == {"jawLeft": 1.0}
    assert not [r for r in rig.rows if r.channel.startswith("viseme_")]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=24), max_size=12), max_size=3))
def test_any_names_give_rows_of_those_names_only(names: dict[str, list[str]]) -> None:
    for row in match(names).rows:
        assert row.key in names[row.mesh]
        assert 0.0 < row.weight <= 1.0


def test_two_thousand_keys() -> None:
    rig = match({"Head": [*(f"muscle_{i}_sim" for i in range(2000)), *(f"viseme_{v}" for v in VISEMES)]})
    assert rig.coverage == 1.0
    assert len(rig.rows) == len(VISEMES)


def make_face(**weights: list[float]) -> FaceAnimation:
    times = np.arange(3) * 0.1
    return FaceAnimation({name: Curve(times, np.array(w)) for name, w in weights.items()}, 0.2)


def test_apply_keeps_a_channels_own_keys_and_obeys_gain_and_limit() -> None:
    row = Row("viseme_aa", "Head", "Open")
    face = make_face(viseme_aa=[0.0, 0.8, 0.0], viseme_E=[0.0, 0.5, 0.0])
    curve = RigMap((row,)).apply(face)["Head"]["Open"]
    assert np.array_equal(curve.times, face.channels["viseme_aa"].times)
    strong = RigMap((row,)).with_row(dataclasses.replace(row, gain=2.0, limit=0.9))
    assert strong.apply(face)["Head"]["Open"].weights.tolist() == [0.0, 0.9, 0.0]
    assert strong.without("viseme_aa").apply(face) == {}


def test_apply_sums_channels_that_share_a_key() -> None:
    rig = RigMap((Row("viseme_aa", "H", "jawOpen", 0.6), Row("viseme_E", "H", "jawOpen", 0.3)))
    face = make_face(viseme_aa=[0.0, 0.5, 1.0], viseme_E=[1.0, 0.5, 0.0])
    fine = np.linspace(0, 0.2, 41)
    want = 0.6 * sample_curve(face.channels["viseme_aa"], fine) + 0.3 * sample_curve(face.channels["viseme_E"], fine)
    np.testing.assert_allclose(sample_curve(rig.apply(face)["H"]["jawOpen"], fine), want, atol=0.02)
    tight = RigMap(tuple(dataclasses.replace(row, limit=0.4) for row in rig.rows))
    assert sample_curve(tight.apply(face)["H"]["jawOpen"], fine).max() == pytest.approx(0.4)
    one_tight = RigMap((dataclasses.replace(rig.rows[0], limit=0.4), rig.rows[1]))
    assert sample_curve(one_tight.apply(face)["H"]["jawOpen"], fine).max() == pytest.approx(0.4), "the lowest limit"


def test_presets_come_back_as_they_were(tmp_path: Path) -> None:
    rig = match({"Kopf ü": [f"viseme_{v}" for v in VISEMES if v != "TH"], "Teeth": ["jawOpen"]})
    changed = rig.with_row(dataclasses.replace(rig.rows[0], gain=1.5, limit=0.7))
    presets.save(changed, tmp_path / "rig.json")
    assert presets.load(tmp_path / "rig.json") == changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "other", "version": 1, "rows": []}',
        '{"format": "alphsistant-rig-map", "version": 99, "rows": []}',
        '{"format": "alphsistant-rig-map", "version": 1, "rows": [{"channel": "x"}]}',
        '{"format": "alphsistant-rig-map", "version": 1, "rows": [{"channel": "x", "mesh": "y", "key": 3}]}',
        '{"format": "alphsistant-rig-map", "version": 1, "rows": [{"channel": "", "mesh": "", "key": "", "gain": -1}]}',
    ],
)
def test_damaged_presets_are_met_with_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rig.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match="mapping preset"):
        presets.load(path)
    with pytest.raises(AssetError, match="mapping preset"):
        presets.load(tmp_path / "none.json")


def preset(*, version: int = presets.VERSION, rows: int = 1) -> str:
    row = '{"channel": "viseme_aa", "mesh": "Head", "key": "Open"}'
    return f'{{"format": "{presets.FORMAT}", "version": {version}, "rows": [{", ".join([row] * rows)}]}}'


def test_a_preset_of_the_next_version_is_refused_and_of_every_earlier_one_is_read() -> None:
    for version in range(1, presets.VERSION + 1):
        assert presets.from_json(preset(version=version)).rows == (Row("viseme_aa", "Head", "Open"),)
    with pytest.raises(AssetError, match="newer version of the add-on"):
        presets.from_json(preset(version=presets.VERSION + 1))


def test_a_preset_that_names_a_key_twice_for_a_channel_is_refused() -> None:
    with pytest.raises(AssetError, match="twice for the same channel"):
        presets.from_json(preset(rows=2))


def test_tables_name_only_shapes_they_list() -> None:
    for scheme in SCHEMES:
        known = set(scheme.spellings)
        recipes = [*scheme.visemes.values(), *scheme.expressions.values()]
        for shape in {shape for recipe in recipes for shape in recipe}:
            assert shape in known or re.sub("(Left|Right)$", "", shape) in known, (scheme.name, shape)
        assert set(scheme.visemes) == set(VISEMES), scheme.name
        assert set(scheme.expressions) <= set(ARKIT_CHANNELS), scheme.name
    assert len(ARKIT_CHANNELS) == len(set(ARKIT_CHANNELS)) == 52
    assert set(SUBSTITUTES) == set(VISEMES) - {"sil", "PP"}


@pytest.mark.parametrize(
    ("mesh", "names", "is_face"),
    [
        ("Door", ["open"], False),
        ("Chest", ["Open_L", "Open_R"], False),
        ("Curtain", ["open", "narrow", "wide"], False),
        ("Box", ["Box_open", "locked"], False),
        ("Cube", ["Key 1"], False),
        ("Head", ["open"], True),
        ("Cube", ["mouth open"], True),
        ("Cube", ["Open", "Smile"], True),
        ("Cube", ["talk"], True),
        ("Cube", ["jawOpen"], True),
        ("Cube", ["A", "E", "I", "O", "U"], True),
    ],
)
def test_a_prop_that_opens_is_no_face(mesh: str, names: list[str], is_face: bool) -> None:
    rig = match({mesh: names})
    assert rig.means_a_face == is_face
    by_hand = RigMap(tuple(dataclasses.replace(row, scheme="") for row in rig.rows))
    assert by_hand.means_a_face == bool(rig.rows), "what the user chose is not doubted"
