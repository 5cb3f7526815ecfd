"""The steps of tomography; heavy libraries load when a step runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from batchwork.engine.machine import task_memory_bytes
from batchwork.engine.progress import progress
from batchwork.engine.steps import Resources, step
from batchwork.engine.workflow import Workflow
from batchwork.errors import ParameterError
from batchwork.extras import needs_extra
from batchwork.tomo.kinds import Binning, FilterName, Percent, Positive, Range, Share, Units, VolumeFormat, VolumeType
from batchwork.tomo.methods import Method
from batchwork.tomo.page_content import PageContent
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.scorer_files import CHECKPOINT, NETWORK, scorer_files

_AS_IT_IS = Preprocessing()
_FILTERED = Method()
_MIDDLE = PageContent()
_WHOLE_MACHINE = Resources(cpus="share")
_WITH_GPU = Resources(cpus="share", gpu="optional")

_PLACES = {"tiff": "{stem}_rec/", "hdf5": "{stem}_rec.h5", "zarr": "{stem}_rec.zarr/"}


@step(name="try", outputs="try_center/{stem}/", guides=("cor",), version="1", resources=_WITH_GPU)
def try_centres(
    source: Path,
    output: Path,
    cor: float | None,
    *,
    fallback_cor: float | None = None,
    width: Positive = 50.0,
    step: Positive = 0.5,
    row: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.5,),
    filter: FilterName = "parzen",  # noqa: A002 - the field's own name
    columns: Range = ":",
    binning: Binning = 0,
    method: Method = _FILTERED,
    preprocessing: Preprocessing = _AS_IT_IS,
) -> None:
    """Reconstruct a slice at many centres of rotation.

    Parameters
    ----------
    fallback_cor : float, columns
        Middle of the candidates of scans whose centre nobody has entered; else the middle of the detector.
    width : float, columns
        How far the candidates reach to either side.
    step : float, columns
        From one candidate to the next; of binned scans, binned columns.
    row : tuple of float
        Heights of the rows that are tried, as shares of the detector's.
    filter : str
        Window on the ramp of filtered back projection.
    columns : str, pixels
        Part of the detector's columns, A:B, unbinned; centres still count from the whole detector.
    binning : int
        Blocks of 2**binning pixels squared are averaged.
    """
    with needs_extra("tomo"):
        from batchwork.tomo.devices import arrays_of_slot
        from batchwork.tomo.trying import TryOptions, try_scan

    options = TryOptions(cor, fallback_cor, width, step, row, filter, columns, binning, method)
    try_scan(source, output, options, preprocessing, progress, arrays_of_slot())


@step(
    outputs="try_center/{stem}/center_of_rotation.txt",
    takes={"stack": "try"},
    writes=("cor", "tilt"),
    uses=scorer_files,
    version="1",
    resources=_WITH_GPU,
)
def infer(
    source: Path,
    stack: Path,
    output: Path,
    *,
    scorer: str = "consensus",
    accept_doubtful: bool = False,
    preprocessing: Preprocessing = _AS_IT_IS,
) -> dict[str, object]:
    """Find the centre of rotation among the candidates.

    Parameters
    ----------
    scorer : str
        What judges the candidates; "net:DIR" is a network, "tomocor:FILE" a checkpoint, "file.py:NAME" a scorer of
        your own.
    accept_doubtful : bool
        Let a centre count that the scorer is not sure of.
    """
    with needs_extra("tomo"):
        from batchwork.tomo.inferring import infer_scan

    if ":" in scorer:
        _register(scorer)
    found = infer_scan(source, stack, scorer, preprocessing)
    output.write_text(f"{found.cor:.2f}\n", encoding="utf-8")
    print(f"[infer-worker] OK {source} => {found.cor:.2f}")  # noqa: T201 - a line that others read from the log
    return found.values(accept_doubtful=accept_doubtful)


def _register(reference: str) -> None:
    """Make a scorer that does not come with the package known under its reference.

    That is ``net:DIR`` for a network that was trained into a folder, ``tomocor:CHECKPOINT`` for a checkpoint of the
    reference program, and ``module:NAME`` or ``file.py:NAME`` for one of the user's own.

    Raises
    ------
    MissingExtraError
        If what runs a checkpoint is not installed.
    FileFormatError
        If a checkpoint does not fit its network.
    WorkflowImportError
        If the module or file cannot be loaded.
    ParameterError
        If there is no such object in it.
    """
    from batchwork.tomo.kernels.scorers import SCORERS, Net

    if reference.startswith(NETWORK):
        SCORERS[reference] = Net(Path(reference.removeprefix(NETWORK)))
    elif reference.startswith(CHECKPOINT):
        with needs_extra("tomocor", "The scorer tomocor"):
            from batchwork.tomo.models.tomocor import load_scorer
        SCORERS[reference] = load_scorer(Path(reference.removeprefix(CHECKPOINT)))
    else:
        SCORERS[reference] = _own_scorer(reference)


def _own_scorer(reference: str) -> Any:  # Any: the user's own class
    """Load a scorer of the user's own."""
    from batchwork.engine.loading import load_module

    module, _, name = reference.rpartition(":")
    found = getattr(load_module(module), name, None)
    made: Any = found() if isinstance(found, type) else found  # Any: the same
    if not callable(getattr(made, "judge", None)):
        raise ParameterError(f"{reference}: there is no scorer '{name}' with a method judge(slice_, grid)")
    return made


def _outputs(params: Mapping[str, object]) -> dict[str, str]:
    """Say where a volume and its picture go."""
    return {"volume": _PLACES[str(params["format"])], "preview": "previews/{stem}.png"}


@step(
    outputs=_outputs,
    reads=("cor",),
    fallbacks={"cor": "fallback_cor"},
    neutral=("memory_gb",),
    version="1",
    resources=_WITH_GPU,
)
def full(
    source: Path,
    output: dict[str, Path],
    cor: float | None,
    *,
    filter: FilterName = "parzen",  # noqa: A002 - the field's own name
    fallback_cor: float | None = None,
    rows: Range = ":",
    columns: Range = ":",
    binning: Binning = 0,
    units: Units = "1/pixel",
    format: VolumeFormat = "tiff",  # noqa: A002 - what users call it
    dtype: VolumeType = "float32",
    low: float | None = None,
    high: float | None = None,
    percentiles: tuple[Percent, Percent] = (0.1, 99.9),
    circle: Annotated[float, Field(gt=0, le=1)] | None = None,
    memory_gb: Positive | None = None,
    method: Method = _FILTERED,
    preprocessing: Preprocessing = _AS_IT_IS,
) -> None:
    """Reconstruct the volume of a scan.

    Parameters
    ----------
    filter : str
        Window on the ramp of filtered back projection.
    fallback_cor : float, columns
        Centre of rotation of scans that have none of their own, or one that is off the detector. The latter
        are not run again by themselves when it changes.
    rows : str, pixels
        Part of the detector's rows, A:B, unbinned.
    columns : str, pixels
        Part of the detector's columns, A:B, unbinned; the centre still counts from the whole detector.
    binning : int
        Blocks of 2**binning pixels squared are averaged.
    units : str
        Of the values: attenuation per unbinned pixel or per centimetre.
    format : str
        A folder with a TIFF for each slice, one HDF5 file, or an OME-Zarr image with smaller copies of itself.
    dtype : str
        Of the values on disk; of whole numbers the range is in the description.
    low, high : float
        Values that become the smallest and the largest whole number; by default percentiles.
    percentiles : tuple of float, percent
        Of the values of a few slices, where low or high is not given.
    circle : float
        Values outside a circle of this share of the width become 0.
    memory_gb : float, GB
        Memory for the blocks of slices; a quarter of the machine's by default.
    """
    with needs_extra("tomo"):
        from batchwork.tomo.centres import choose_centre
        from batchwork.tomo.devices import arrays_of_slot
        from batchwork.tomo.preview import write_preview
        from batchwork.tomo.reconstruct import Output, Recipe, reconstruct_scan
        from batchwork.tomo.regions import Region
        from batchwork.tomo.scanning import open_sound

    budget = task_memory_bytes() if memory_gb is None else int(memory_gb * 1e9)
    with open_sound(source, preprocessing) as scan:
        centre = choose_centre(source, scan.info.columns, cor, fallback_cor)
        region = Region.of(scan.info, rows, columns, binning)
        recipe = Recipe(region, centre, filter, units, preprocessing, circle, method)
        made = Output(output["volume"], format, dtype, (low, high), percentiles)
        arrays = arrays_of_slot()
        middle = reconstruct_scan(scan, recipe, made, memory_bytes=budget, progress=progress, arrays=arrays)
    write_preview(output["preview"], middle)


@step(outputs="pages/{stem}.html", takes={"volume": "full"}, version="1", resources=_WHOLE_MACHINE)
def publish(
    source: Path,
    volume: dict[str, Path],
    output: Path,
    *,
    content: PageContent = _MIDDLE,
) -> None:
    """Make a page about a reconstructed scan, which needs nothing but itself."""
    with needs_extra("tomo"):
        from batchwork.tomo.formats.reader import open_scan
        from batchwork.tomo.formats.volumes.reading import companions, open_volume
        from batchwork.tomo.publishing.scan_page import scan_page

    with open_volume(volume["volume"]) as made:
        beside = companions(made)
        with open_scan(source, flats=beside.flats, darks=beside.darks, theta=beside.theta, accept_short=True) as scan:
            page = scan_page(scan, made, content, progress)
    output.write_text(page.html(), encoding="utf-8")


@step(
    name="tomolog",
    outputs="tomolog/{stem}.txt",
    takes={"volume": "full"},
    neutral=("program", "time_limit_s"),
    on_request=True,
    words={"running": "Uploading…", "done": "Uploaded", "failed": "Upload failed"},
    version="1",
    resources=Resources(lane="tomolog"),
)
def upload_to_tomolog(
    source: Path,
    volume: dict[str, Path],
    output: Path,
    *,
    content: PageContent = _MIDDLE,
    beamline: str = "",
    cloud: str = "",
    presentation_url: str = "",
    program: str = "tomolog",
    extra: tuple[str, ...] = (),
    time_limit_s: Positive = 600.0,
) -> None:
    """Publish a reconstructed scan through TomoLog, one at a time.

    Parameters
    ----------
    beamline : str
        For whose layout of the page; TomoLog knows 2-bm, 7-bm and 32-id.
    cloud : str
        Where TomoLog puts the pictures.
    presentation_url : str
        The Google Slides that get the page; as TomoLog's own configuration says by default.
    program : str
        TomoLog's name or path.
    extra : tuple of str
        More words for its command line.
    time_limit_s : float, s
        After which it is ended.
    """
    with needs_extra("tomo"):
        from batchwork.tomo.tomolog.command import TomologOptions
        from batchwork.tomo.tomolog.upload import upload

    options = TomologOptions(
        program=program, beamline=beamline, cloud=cloud, presentation_url=presentation_url, content=content, extra=extra
    )
    told = upload(source, volume["volume"], options, time_limit_s=time_limit_s)
    output.write_text(told, encoding="utf-8")


flow = Workflow(
    "tomo",
    steps=[try_centres, infer, full, publish, upload_to_tomolog],
    columns=("cor",),
    weigh="batchwork.tomo.checking:weigh",
    complete="batchwork.tomo.checking:is_complete",
)
