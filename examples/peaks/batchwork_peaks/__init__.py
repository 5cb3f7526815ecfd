"""Where the highest peak of each spectrum lies: an instrument in a package of its own."""

from batchwork.engine.loading import Pack

pack = Pack("peaks", "Spectra: their highest peaks.", "batchwork_peaks.workflow:flow", "batchwork_peaks.cli:peaks")
