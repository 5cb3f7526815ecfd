"""Entries of a sweep: what they expand to, and everything that can be wrong with them."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GAUSSIAN = "- type: gaussian\n"


def test_lists_expand_with_the_first_key_slowest_and_repetitions_fastest(read):
    text = GAUSSIAN + "  sigma: [0.3, 0.5]\n  amplitude: [10, 20]\n  repetitions: 2\n"
    assert read.records(text, "sigma", "amplitude", "repetition") == [
        (0.3, 10, 0), (0.3, 10, 1), (0.3, 20, 0), (0.3, 20, 1),
        (0.5, 10, 0), (0.5, 10, 1), (0.5, 20, 0), (0.5, 20, 1),
    ]  # fmt: skip


def test_entries_follow_one_another(read):
    sweep = read.sweep("- {type: step, amplitude: [1, 2]}\n- {type: gaussian, repetitions: 2}\n- {type: step}\n")
    assert [(s.index, s.entry, s.type) for s in sweep] == [
        (0, 0, "step"), (1, 0, "step"), (2, 1, "gaussian"), (3, 1, "gaussian"), (4, 2, "step"),
    ]  # fmt: skip


def test_defaults_are_filled_in(read):
    (sample,) = read.sweep(GAUSSIAN)
    assert sample.record() == {
        "type": "gaussian", "amplitude": 30.0, "sigma": 1.0, "center_x": 0.0, "center_y": 0.0, "repetition": 0,
    }  # fmt: skip
    assert all(type(value) in {str, int, float} for value in sample.record().values())


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("type: step", {"step_time": 100.0}),
        ("type: step, step_time: 0", {"step_time": 0.0}),
        ("type: ramp", {"initial": 0.0, "final": 30.0, "amplitude": 30.0}),
        ("type: ramp, amplitude: 12", {"final": 12.0, "amplitude": 12.0}),
        ("type: ramp, initial: -40, final: 5", {"initial": -40.0, "final": 5.0, "amplitude": 40.0}),
        ("type: gaussian, center: [1, -2]", {"center_x": 1.0, "center_y": -2.0}),
        ("type: texture, pattern: grating, width: 0.1", {"sigma": 0.1, "width": 0.1, "count": 5}),
        ("type: texture, sigma: 3", {"sigma": 3.0, "pattern": "gabor", "wavelength": 2.0}),
        ("type: moving, start: [0, 0], end: [1, 2]", {"start": (0.0, 0.0), "center_x": 0.5, "center_y": 1.0}),
        ("type: moving, motion: circular, center: [1, 2]", {"center_x": 1.0, "center_y": 2.0, "radius": 2.0}),
        ("type: repeated_pattern, copies_x: 4.0", {"copies_x": 4, "copies_y": 2, "spacing": 0.5}),
    ],
)
def test_parameters_of_each_type(read, entry, expected):
    (sample,) = read.sweep(f"- {{{entry}}}\n")
    record = sample.record()
    assert {name: record[name] for name in expected} == expected
    assert {"amplitude", "sigma", "center_x", "center_y"} <= record.keys()
    assert all(math.isfinite(record[name]) for name in ("amplitude", "sigma", "center_x", "center_y"))


def test_what_has_no_effect_is_not_stored(read):
    (sample,) = read.sweep("- {type: texture, pattern: grating}\n")
    assert not {"wavelength", "phase"} & sample.record().keys()


def test_the_kernel_takes_every_sample(read):
    from batchwork.tactile.kernels import stimuli
    from batchwork.tactile.kernels.grid import Grid

    events = "stimuli: [{type: step, onset: 10, duration: 50}, {type: moving, envelope: hann, amplitude: 40}]"
    names = [name for name in stimuli.kinds() if name != "timeline"]
    sweep = read.sweep("".join(f"- type: {name}\n" for name in names) + f"- {{type: timeline, {events}}}\n")
    for sample in sweep:
        stimulus = stimuli.make(sample.type, sample.parameters)
        assert stimulus.terms(Grid(8), read.clock)
    assert len(sweep) == len(names) + 1


def test_a_timeline_is_described_by_its_strongest_part(read):
    events = "[{type: gaussian, amplitude: 5}, {type: step, onset: 100, amplitude: -9, center: [1, 2], sigma: 0.4}]"
    (sample,) = read.sweep(f"- {{type: timeline, stimuli: {events}}}\n")
    assert sample.described == {"amplitude": -9.0, "sigma": 0.4, "center_x": 1.0, "center_y": 2.0}
    first, second = sample.parameters["stimuli"]
    assert (first["duration"], second["duration"], second["step_time"]) == (200.0, 100.0, 50.0)


def test_a_vector_is_one_value_and_a_list_of_vectors_sweeps(read):
    assert read.records(GAUSSIAN + "  center: [1, 2]\n", "center_x", "center_y") == [(1, 2)]
    text = GAUSSIAN + "  center: [[0, 0], [1, 2]]\n  amplitude: [1, 2]\n"
    assert read.records(text, "center_x", "center_y", "amplitude") == [(0, 0, 1), (0, 0, 2), (1, 2, 1), (1, 2, 2)]
    moving = "- {type: moving, start: [[0, 0], [1, 1]], end: [3, 3]}\n"
    assert read.records(moving, "start", "end") == [((0, 0), (3, 3)), ((1, 1), (3, 3))]


def test_rules_and_lists_give_the_same_samples(read):
    def keys(values):
        return [sample.key for sample in read.sweep(GAUSSIAN + f"  sigma: {values}\n")]

    listed = keys("[0.1, 0.2, 0.3, 0.4, 0.5]")
    assert keys("{range: [0.1, 0.5, 0.1]}") == listed
    assert keys("{linspace: [0.1, 0.5, 5]}") == listed
    assert keys("{logspace: [0.1, 10, 3]}") == keys("[0.1, 1.0, 10]")


def test_drawn_values_go_on_and_depend_on_the_seed(read):
    def drawn(n, extra="", seed=42):
        return read.records(GAUSSIAN + f"  sigma: {{uniform: [0.2, 1.0], n: {n}}}\n{extra}", "sigma", seed=seed)

    eight = drawn(8)
    assert drawn(16)[:8] == eight
    assert drawn(8, seed=43) != eight
    assert drawn(8, extra="  seed: 43\n") == drawn(8, seed=43)
    assert all(0.2 <= value < 1.0 for (value,) in drawn(200))


def test_zipped_keys_vary_together(read):
    text = GAUSSIAN + "  amplitude: [10, 20]\n  center_x: [0, 1]\n  sigma: [0.3, 0.5]\n  zip: [[sigma, amplitude]]\n"
    names = ("amplitude", "center_x", "sigma")
    assert read.records(text, *names) == [(10, 0, 0.3), (10, 1, 0.3), (20, 0, 0.5), (20, 1, 0.5)]


def test_a_design_crosses_with_the_rest(read):
    text = GAUSSIAN + "  sobol: {n: 4, amplitude: [10, 50], sigma: [0.2, 1.0]}\n  center_x: [0, 1]\n"
    records = read.records(text, "amplitude", "sigma", "center_x")
    assert records[:4] == [(10, 0.2, 0), (10, 0.2, 1), (30, 0.6, 0), (30, 0.6, 1)]
    assert len(records) == 8


def test_a_condition_leaves_a_key_at_its_default_where_it_does_not_hold(read):
    text = "- {type: step, amplitude: [10, 30], step_time: [20, 50], when: {step_time: amplitude > 20}}\n"
    assert read.records(text, "amplitude", "step_time") == [(10, 100), (30, 20), (30, 50)]


def test_conditions_on_conditional_keys(read):
    text = (
        "- type: step\n  amplitude: [10, 30]\n  sigma: [2, 3]\n  step_time: [20, 50]\n"
        "  when: {step_time: sigma > 2, sigma: amplitude > 20}\n"
    )
    expected = [(10, 1, 100), (30, 2, 100), (30, 3, 20), (30, 3, 50)]
    assert read.records(text, "amplitude", "sigma", "step_time") == expected


def test_a_condition_sees_other_names_and_defaults(read):
    text = "- {type: ramp, amplitude: [10, 30], center_x: [1, 2], when: {center_x: amplitude > 20 and sigma == 1}}\n"
    assert read.records(text, "amplitude", "center_x") == [(10, 0), (30, 1), (30, 2)]


def test_keys_of_one_pattern_do_not_multiply_the_other(read):
    text = "- {type: texture, pattern: [gabor, grating], wavelength: [1, 2], count: [3, 4, 5]}\n"
    shown = [
        (s.parameters["pattern"], s.parameters.get("wavelength"), s.parameters.get("count")) for s in read.sweep(text)
    ]
    assert shown == [
        ("gabor", 1, None), ("gabor", 2, None), ("grating", None, 3), ("grating", None, 4), ("grating", None, 5),
    ]  # fmt: skip


def test_a_selector_and_a_condition_both_count(read):
    text = (
        "- {type: texture, pattern: [gabor, grating], amplitude: [1, 9], wavelength: [3, 4],"
        " when: {wavelength: amplitude > 5}}\n"
    )
    assert [s.parameters.get("wavelength") for s in read.sweep(text)] == [2, 3, 4, None, None]


def test_excluded_combinations_are_left_out(read):
    text = GAUSSIAN + "  amplitude: [10, 50]\n  sigma: [0.3, 0.5]\n  exclude: [{amplitude: 50, sigma: 0.3}]\n"
    assert read.records(text, "amplitude", "sigma") == [(10, 0.3), (10, 0.5), (50, 0.5)]


def test_a_constant_can_be_excluded_with_a_default(read):
    text = "- {type: step, amplitude: [1, 2], exclude: [{step_time: 100, amplitude: 2}]}\n"
    assert read.records(text, "amplitude") == [(1,)]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("sigmma: 1", "3:3: stimuli[0].sigmma: unknown key; did you mean 'sigma'?"),
        ("sigma: -1", "3:10: stimuli[0].sigma: sigma must be above 0, not -1.0"),
        ("sigma: 0", "3:10: stimuli[0].sigma: sigma must be above 0, not 0.0"),
        ("sigma: .inf", "3:10: stimuli[0].sigma: write a number, not inf"),
        (f"sigma: 1{'0' * 400}", f"3:10: stimuli[0].sigma: write a number, not 1{'0' * 400}"),
        ("repetitions: 1.0e+30", "3:16: stimuli[0].repetitions: 1e+30 is too large"),
        (f"repetitions: 1{'0' * 400}", f"3:16: stimuli[0].repetitions: 1{'0' * 400} is too large"),
        ("sigma: .nan", "3:10: stimuli[0].sigma: write a number, not nan"),
        ("sigma: yes please", "3:10: stimuli[0].sigma: write a number, not 'yes please'"),
        ("sigma: true", "3:10: stimuli[0].sigma: write a number, not True"),
        ("sigma:", "3:3: stimuli[0].sigma: write a number, not nothing"),
        ("sigma: []", "3:10: stimuli[0].sigma: an empty list gives no stimulus; write values, or leave the key out"),
        ("sigma: [1, x]", "3:14: stimuli[0].sigma[1]: write a number, not 'x'"),
        ("sigma: [1, [2]]", "3:14: stimuli[0].sigma[1]: write a number, not [2]"),
        (
            "sigma: [2, 1, 2.0]",
            "3:17: stimuli[0].sigma[2]: this value stands in the list twice, as number 1 in line 3 and here",
        ),
        (
            "sigma: {logspace: [0, 1, 3]}",
            "3:10: stimuli[0].sigma: logspace: both ends must be above 0; they are the values, not their exponents",
        ),
        ("sigma: {linspace: [0, 1, 3]}", "3:10: stimuli[0].sigma: sigma must be above 0, not 0.0"),
        (
            "sigma: {grid: [0, 1]}",
            "3:10: stimuli[0].sigma: unknown rule 'grid'; known: linspace, logspace, range, uniform",
        ),
        ("sigma: {}", "3:10: stimuli[0].sigma: unknown rule ''; known: linspace, logspace, range, uniform"),
        ("center: 3", "3:11: stimuli[0].center: write [x, y], not 3"),
        ("center: [1, 2, 3]", "3:11: stimuli[0].center: write [x, y], not [1, 2, 3]"),
        (
            "center: {range: [1, 2, 3]}",
            "3:11: stimuli[0].center: write values; only numbers can be given by a rule, not {'range': [1, 2, 3]}",
        ),
        (
            "center: [1, 2]\n  center_y: 3",
            "4:3: stimuli[0].center_y: 'center_y' is set by 'center' already; leave one of them out",
        ),
        ("repetitions: 0", "3:16: stimuli[0].repetitions: must be 1 or above, not 0"),
        (
            "repetitions: 1000000000001",
            "2:3: stimuli[0]: makes 1 combinations × 1000000000001 repetitions; up to 1e+12 stimuli are possible",
        ),
        ("repetitions: 1.5", "3:16: stimuli[0].repetitions: write a whole number, not 1.5"),
        ("repetitions: [1, 2]", "3:16: stimuli[0].repetitions: write a whole number, not [1, 2]"),
        ("seed: -1", "3:9: stimuli[0].seed: must be 0 or above, not -1"),
        ("name: 3", "3:9: stimuli[0].name: write a text, not 3"),
        ("sobol: {n: 4}", "3:10: stimuli[0].sobol: write sobol: {n: 64, sigma: [0.2, 1.0]}, not {'n': 4}"),
        ("sobol: {sigma: [1, 2]}", "3:10: stimuli[0].sobol: n: say how many, from 1 to 1000000"),
        ("lhs: {n: 4, sgma: [1, 2]}", "3:15: stimuli[0].lhs.sgma: unknown key; did you mean 'sigma'?"),
        (
            "lhs: {n: 4, sigma: [2, 1]}",
            "3:22: stimuli[0].lhs.sigma: the lowest value (2) must be below the highest (1)",
        ),
        ("lhs: {n: 4, sigma: 2}", "3:22: stimuli[0].lhs.sigma: write [lowest, highest], not 2"),
        ("lhs: {n: 4, center: [2, 3]}", "3:23: stimuli[0].lhs.center: only numbers can be spread over an interval"),
        (
            "sigma: 1\n  lhs: {n: 4, sigma: [1, 2]}",
            "4:3: stimuli[0].lhs: 'sigma' is set by 'sigma' already; leave one of them out",
        ),
        (
            "zip: sigma",
            "3:8: stimuli[0].zip: write lists of keys that vary together, such as [[amplitude, sigma]], not 'sigma'",
        ),
        (
            "sigma: [1, 2]\n  zip: [[sigma, amplitude]]",
            "4:9: stimuli[0].zip[0]: 'amplitude' has no values here; known: sigma",
        ),
        (
            "sigma: [1, 2]\n  amplitude: [1, 2, 3]\n  zip: [[sigma, amplitude]]",
            "5:9: stimuli[0].zip[0]: keys that vary together need as many values each: sigma has 2, amplitude has 3",
        ),
        (
            "sigma: [1, 2]\n  zip: [[sigma]]",
            "4:9: stimuli[0].zip[0]: keys that vary together need as many values each: sigma has 2",
        ),
        (
            "sigma: [1, 2]\n  amplitude: [1, 2]\n  zip: [[sigma, amplitude, sigma]]",
            "5:9: stimuli[0].zip[0]: 'sigma' is zipped twice",
        ),
        (
            "when: {sigma: amplitude > 1}",
            "3:10: stimuli[0].when.sigma: a condition belongs to a key that has values of its own here; none is known",
        ),
        ("when: amplitude > 1", "3:9: stimuli[0].when: write  PARAMETER: \"CONDITION\", not 'amplitude > 1'"),
        (
            "sigma: [1, 2]\n  when: {sigma: amplitud > 1}",
            "4:17: stimuli[0].when.sigma: 'amplitud' has no value to look at here; did you mean 'amplitude'?",
        ),
        (
            "sigma: [1, 2]\n  when: {sigma: sigma > 1}",
            "4:17: stimuli[0].when.sigma: 'sigma' has no value to look at here; known: amplitude, center_x, center_y",
        ),
        (
            "sigma: [1, 2]\n  when: {sigma: __import__('os')}",
            "4:17: stimuli[0].when.sigma: '__import__('os')' is no comparison such as  amplitude > 20",
        ),
        (
            "sigma: [1, 2]\n  when: {sigma: amplitude > 'x'}",
            "4:9: stimuli[0].when: 'amplitude > 'x'' compares a word with a number",
        ),
        (
            "sigma: [1, 2]\n  amplitude: [1, 2]\n  when: {sigma: amplitude > 1, amplitude: sigma > 1}",
            "5:3: stimuli[0].when: these conditions depend on one another in a circle",
        ),
        (
            "exclude: {sigma: 1}",
            "3:12: stimuli[0].exclude: write a list such as [{amplitude: 50, sigma: 0.3}], not {'sigma': 1}",
        ),
        ("exclude: [{sigma: 2}]", "3:13: stimuli[0].exclude[0]: no stimulus has these values"),
        ("exclude: [{sigma: x}]", "3:21: stimuli[0].exclude[0].sigma: write a number, not 'x'"),
        ("exclude: [{sgma: 1}]", "3:14: stimuli[0].exclude[0].sgma: unknown key; did you mean 'sigma'?"),
        ("exclude: [{sigma: 1}]", "2:3: stimuli[0]: when and exclude leave no stimulus"),
    ],
)
def test_what_can_be_wrong_with_a_gaussian(read, entry, told):
    assert read.problems(GAUSSIAN + f"  {entry}\n") == [told]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("[]", "2:3: stimuli[0]: write  type: NAME  and its parameters, not []"),
        ("{sigma: 1}", "2:3: stimuli[0]: the key 'type' is missing"),
        ("{type: [step, ramp]}", "2:10: stimuli[0].type: write one word, not ['step', 'ramp']"),
        ("{type: gausian}", "2:10: stimuli[0].type: unknown type 'gausian'; did you mean 'gaussian'?"),
        (
            "{type: step, step_time: 200}",
            "2:27: stimuli[0].step_time: step_time must lie from 0 to before the end at 200 ms, not 200",
        ),
        (
            "{type: step, step_time: [0, -5]}",
            "2:31: stimuli[0].step_time[1]: step_time must lie from 0 to before the end at 200 ms, not -5",
        ),
        (
            "{type: step, step_time: 199.9999999999}",
            "2:27: stimuli[0].step_time: step_time must lie from 0 to before the end at 200 ms, not 200",
        ),
        (
            "{type: ramp, amplitude: 1, final: 2}",
            "2:30: stimuli[0].final: 'final' is set by 'amplitude' already; leave one of them out",
        ),
        (
            "{type: ramp, final: [1, 2], when: {final: amplitude > 1}}",
            "2:31: stimuli[0].when: these conditions depend on one another in a circle",
        ),
        ("{type: texture, count: 3}", "2:19: stimuli[0].count: has no effect here; it belongs to pattern: grating"),
        (
            "{type: texture, pattern: grating, wavelength: [1, 2]}",
            "2:37: stimuli[0].wavelength: has no effect here; it belongs to pattern: gabor",
        ),
        ("{type: texture, pattern: noise}", "2:28: stimuli[0].pattern: write one of gabor, grating, not 'noise'"),
        ("{type: texture, pattern: grating, count: 2.5}", "2:44: stimuli[0].count: write a whole number, not 2.5"),
        ("{type: texture, pattern: grating, count: .inf}", "2:44: stimuli[0].count: write a whole number, not inf"),
        (
            "{type: texture, pattern: grating, count: {range: [1, 3, 1]}}",
            "2:44: stimuli[0].count: write values; only numbers can be given by a rule, not {'range': [1, 3, 1]}",
        ),
        (
            "{type: texture, pattern: [gabor, grating], wavelength: [1, 2], sigma: [1, 2], zip: [[wavelength, sigma]]}",
            "2:3: stimuli[0]: wavelength, sigma cannot vary together: write one entry for each pattern",
        ),
        ("{type: timeline}", None),
        (
            "{type: timeline, stimuli: []}",
            "2:29: stimuli[0].stimuli: write a list of stimuli, each with a type, an onset and its parameters",
        ),
    ],
)
def test_what_can_be_wrong_with_the_other_types(read, entry, told):
    found = read.problems(f"- {entry}\n")
    assert found == [told or "2:3: stimuli[0]: the key 'stimuli' is missing"]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ("{type: gaussian, onset: 200}", "0: onset must lie from 0 to before the end at 200 ms, not 200"),
        ("{type: step}, {type: step, onset: 150, step_time: 60}",
         "1: step_time must lie from 0 to before the end at 50 ms, not 60"),
        ("{type: gaussian, duration: 0}", "0: duration_ms must be above 0, not 0.0"),
        ("{type: gaussian, sigma: 0}", "0: sigma must be above 0, not 0.0"),
        ("{type: gaussian, sigma: [1, 2]}", "0: sigma: a list cannot sweep inside a timeline; write several timelines"),
        ("{type: texture, count: 2}", "0: count has no effect unless pattern: grating"),
        ("{type: gaussian, ons: 2}", "0: unknown key 'ons'; did you mean 'onset'?"),
        ("{type: gausian}", "0: unknown type 'gausian'; did you mean 'gaussian'?"),
        ("{type: timeline}", "0: a timeline cannot hold another one"),
        ("{onset: 3}", "0: write  type: NAME  and its parameters"),
    ],
)  # fmt: skip
def test_what_can_be_wrong_inside_a_timeline(read, events, told):
    (found,) = read.problems(f"- {{type: timeline, stimuli: [{events}]}}\n")
    number, text = told.split(": ", 1)
    assert found == f"2:29: stimuli[0].stimuli: stimulus {number} of the timeline: {text}"


def test_one_stimulus_in_two_entries_is_refused_with_both_lines(read):
    text = "- {type: gaussian, amplitude: [10, 20]}\n- {type: step}\n- {type: gaussian, amplitude: [30, 20.0]}\n"
    (told,) = read.problems(text)
    assert told.startswith("4:3: stimuli[2]: gives stimuli that stimuli[0] in line 2 gives too (amplitude=20, sigma=1")


def test_entries_that_differ_in_one_key_are_told_apart_at_once(read):
    axes = "sigma: {linspace: [1, 2, 1000]}, center_x: {linspace: [1, 2, 1000]}, center_y: {linspace: [1, 2, 1000]}"
    text = f"- {{type: gaussian, amplitude: 1, {axes}}}\n- {{type: gaussian, amplitude: [2, 3], {axes}}}\n"
    assert len(read.sweep(text)) == 3 * 10**9
    (told,) = read.problems(text.replace("[2, 3]", "[1, 3]"))
    assert told == "3:3: stimuli[1]: is too large to be told apart from stimuli[0] in line 2; write them as one"


def test_entries_that_meet_by_a_default_or_a_condition(read):
    step = "- {type: step, step_time: 100}\n- {type: step}\n"
    assert len(read.problems(step)) == 1
    assert read.problems("- {type: step, step_time: 50}\n- {type: step}\n") == []
    gated = (
        "- {type: step, amplitude: [1, 9], sigma: [2, 3], when: {sigma: amplitude > 5}}\n- {type: step, amplitude: 1}\n"
    )
    assert len(read.problems(gated)) == 1
    patterns = "- {type: texture, pattern: grating}\n- {type: texture, pattern: [gabor, grating]}\n"
    assert len(read.problems(patterns)) == 1
    assert read.problems("- {type: texture}\n- {type: texture, pattern: grating}\n") == []


def test_all_problems_are_told(read):
    assert (
        len(read.problems("- {type: gaussian, sigma: 0, amplitud: 1}\n- {type: x}\n- {type: step, step_time: 900}\n"))
        == 4
    )


@pytest.mark.parametrize("text", ["[]", "", "3", "{type: gaussian}"])
def test_stimuli_that_are_no_list(read, text):
    read.file.write_text(f"stimuli: {text}\n")
    from batchwork.io.yaml_marks import read_document
    from batchwork.io.yaml_sections import Problems
    from batchwork.tactile.sweeps import read_stimuli

    document = read_document(read.file)
    problems = Problems(document)
    assert read_stimuli(document.data["stimuli"], problems, read.clock, 1) == ()
    assert "write one stimulus or more" in next(iter(problems.found))


WORDS = st.sampled_from(
    ["gaussian", "step", "sigma", "amplitude", "center", "when", "zip", "exclude", "sobol", "stimuli", "type",
     "repetitions", "pattern", "grating", "n", "range", "uniform", "timeline", "amplitude > 3"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | WORDS | st.text(max_size=3)
ANYTHING = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(WORDS, part, max_size=4), max_leaves=8
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(WORDS, ANYTHING, max_size=4).map(lambda d: {"type": "gaussian", **d}), max_size=2))
def test_whatever_stands_there_is_read_or_told(read, entries):
    from batchwork.io.yaml_marks import Document
    from batchwork.io.yaml_sections import Problems
    from batchwork.tactile.sweeps import Sweep, read_stimuli

    problems = Problems(Document("a.yml", {}, {}, {}))
    found = read_stimuli(entries, problems, read.clock, 1)
    assert problems.found or len(Sweep(found)) >= 1
