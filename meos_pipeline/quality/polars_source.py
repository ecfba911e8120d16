"""Great Expectations' data source for tables given as ``polars.LazyFrame``; see ``polars_engine``."""

from typing import Any, ClassVar, Literal

import polars as pl
from great_expectations.compatibility import pydantic
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent.batch_identifier_util import make_batch_identifier
from great_expectations.datasource.fluent.batch_request import BatchRequest
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset, Datasource

from meos_pipeline.quality.polars_engine import PolarsExecutionEngine, TableSpec


def batch_of(context: Any, frame: pl.LazyFrame, *, name: str = "table") -> Batch:  # noqa: ANN401
    """Return a batch of the whole table, of the source of that name in the context: adding one writes all of them out."""
    known = context.data_sources.all()
    source = known[name] if name in known else context.data_sources.add_polars(name=name)
    asset = source.get_asset(name) if source.assets else source.add_frame_asset(name)
    batch: Batch = asset.get_batch(asset.build_batch_request({"dataframe": frame}))
    return batch


class FrameAsset(DataAsset):  # type: ignore[type-arg]
    """A table given at run time."""

    type: Literal["polars_frame"] = "polars_frame"

    class Config:
        """No other fields."""

        extra = pydantic.Extra.forbid

    def test_connection(self) -> None:
        """Nothing to connect to."""

    def add_batch_definition_whole_dataframe(self, name: str) -> Any:  # noqa: ANN401
        """Add a batch definition that takes the whole table, for a validation definition or checkpoint."""
        return self.add_batch_definition(name=name, partitioner=None)

    def build_batch_request(
        self,
        options: Any = None,  # noqa: ANN401
        batch_slice: Any = None,  # noqa: ANN401, ARG002
        partitioner: Any = None,  # noqa: ANN401, ARG002
    ) -> Any:  # noqa: ANN401
        """Return a request for the table in ``options['dataframe']``.

        Raises:
            TypeError: when the options hold no frame.
        """
        if not isinstance((options or {}).get("dataframe"), pl.LazyFrame):
            raise TypeError("options hold one polars.LazyFrame under 'dataframe'")
        return BatchRequest(datasource_name=self.datasource.name, data_asset_name=self.name, options=options)

    def _validate_batch_request(self, batch_request: Any) -> None:  # noqa: ANN401
        self.build_batch_request(batch_request.options)

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:  # noqa: ANN401, ARG002
        """Name the one option."""
        return ("dataframe",)

    def get_batch_identifiers_list(self, batch_request: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Identify the batch by its options."""
        return [IDDict(batch_request.options)]

    def get_batch(self, batch_request: Any) -> Batch:  # noqa: ANN401
        """Return the batch; nothing is read."""
        spec = TableSpec({"table": self.name})
        spec.frame = batch_request.options["dataframe"]
        table, markers = self.datasource.get_execution_engine().get_batch_data_and_markers(batch_spec=spec)
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=batch_request,
            data=table,
            metadata={},
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=LegacyBatchDefinition(
                datasource_name=self.datasource.name,
                data_connector_name="fluent",
                data_asset_name=self.name,
                batch_identifiers=make_batch_identifier({"dataframe": "given"}),
                batch_spec_passthrough=None,
            ),
        )


_Engine = type[PolarsExecutionEngine]
_Assets = list[type[DataAsset]]  # type: ignore[type-arg]


class PolarsDatasource(Datasource):  # type: ignore[type-arg]
    """Source of tables given at run time: ``context.data_sources.add_polars(name)``."""

    asset_types: ClassVar[_Assets] = [FrameAsset]
    type: Literal["polars"] = "polars"
    assets: list[FrameAsset] = []  # noqa: RUF012 (a pydantic field)

    @property
    def execution_engine_type(self) -> _Engine:
        """The engine above."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:  # noqa: FBT002
        """Nothing to connect to."""

    def add_frame_asset(self, name: str) -> FrameAsset:
        """Add an asset that takes its table at run time."""
        asset: FrameAsset = self._add_asset(FrameAsset(name=name))
        return asset
