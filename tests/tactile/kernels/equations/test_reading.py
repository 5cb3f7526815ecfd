import pytest
import sympy

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.equations.reading import read

v, u, a, I = (sympy.Symbol(name, real=True) for name in "vuaI")  # noqa: E741 - the field's own name


def model(text="dv/dt = -v + I", threshold="v >= 1", reset="v = 0", parameters=()):
    return read(text, threshold, reset, parameters)


def test_texts_become_symbols():
    read_ = model(
        """
        # two variables
        dv/dt = 0.04*v**2 + 5*v - u + I   # the membrane
        du / dt = a*(exp(-v) - u) / 2
        """,
        "v > a + 1",
        "v = -65\nu += 2*v\nu *= a",
        ("a",),
    )
    assert read_.variables == ("v", "u")
    assert read_.slopes == (0.04 * v**2 + 5 * v - u + I, a * (sympy.exp(-v) - u) / 2)
    assert read_.threshold == (v, ">", a + 1)
    assert read_.reset == (-65, a * (u - 130))


def test_a_variable_that_the_reset_leaves_out_stays():
    assert model("dv/dt = I\ndu/dt = v", reset="v = 0").reset == (0, u)
    assert model("dv/dt = I\ndu/dt = v", reset="").reset == (v, u)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": ""}, "need a line 'dv/dt = …'"),
        ({"text": "v = 3"}, "'v = 3' is no equation; write 'dv/dt = …'"),
        ({"text": "dv/dt == 3"}, "is no equation"),
        ({"text": "dv/dt = 1\ndv/dt = 2"}, "there is an equation for v already"),
        ({"text": "dv/dt = vv"}, "'vv' in 'vv' is not known; did you mean 'v'"),
        ({"text": "dv/dt = q"}, "'q' in 'q' is not known; there are v, I"),
        ({"text": "dv/dt = exq(v)"}, "'exq' in .* is not known; did you mean 'exp'"),
        ({"text": "dv/dt = exp(v, 2)"}, "exp has the wrong number of arguments"),
        ({"text": "dv/dt = max(v)"}, "max has the wrong number of arguments"),
        ({"text": "dv/dt = 3 +"}, "'3 \\+' cannot be read"),
        ({"text": "dv/dt = v if v else 0"}, "is not arithmetic"),
        ({"text": "dv/dt = __import__('os').system('ls')"}, "is not arithmetic"),
        ({"text": "dv/dt = v.real"}, "'v.real' in 'v.real' is not arithmetic"),
        ({"text": "dv/dt = True"}, "is not arithmetic"),
        ({"text": "dv/dt = 'v'"}, "is not arithmetic"),
        ({"text": "dv/dt = v // 2"}, "is not arithmetic"),
        ({"text": "dv/dt = 1/0"}, "is not a finite real number"),
        ({"text": "dv/dt = v*sqrt(-1)"}, "is not a finite real number"),
        ({"text": "dv/dt = 9**9**9"}, "a power must not be above 100"),
        ({"text": "dI/dt = 1"}, "must have different names"),
        ({"parameters": ("v",)}, "must have different names"),
        ({"parameters": ("x): pass",)}, "a name has letters, digits and _"),
        ({"parameters": ("_shared0",)}, "begins with a letter"),
        ({"threshold": "v"}, "the threshold 'v' is no comparison; write 'v >= 30'"),
        ({"threshold": "0 < v < 3"}, "is no comparison"),
        ({"threshold": "v == 3"}, "is no comparison"),
        ({"threshold": "v > I"}, "'I' in 'v > I' is not known"),
        ({"threshold": "v > 1/0"}, "is not a finite real number"),
        ({"reset": "v"}, "reset 'v' sets nothing; write 'v = …' or 'u \\+= …'"),
        ({"reset": "w = 3"}, "w is no variable of the equations"),
        ({"reset": "v = 1/0"}, "is not a finite real number"),
    ],
)
def test_what_cannot_be_read_is_refused(wrong, told):
    with pytest.raises(ParameterError, match=told):
        model(**wrong)
