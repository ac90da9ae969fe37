"""Recordings and exports in R2, or in any other S3 service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

from calls.storage.names import disposition_of, export_disposition_of, export_type_of
from calls.storage.parts import PartsAreGone

_CHUNK = 256 * 1024
_GONE = frozenset({"NoSuchUpload", "InvalidPart"})


# A session may not make two clients at a time.
_making = Lock()


class _OneSession(S3Storage):  # type: ignore[misc]  # django-storages ships no types
    """Each thread has a client of its own, as in django-storages, but not a session of its own.

    A session reads what S3 is from large files, which takes a tenth of a second of CPU and more; one more client of it
    takes a hundredth. A server has forty threads, and a busy machine no time.
    """

    _session: Any = None

    @property
    def connection(self) -> Any:
        if getattr(self._connections, "connection", None) is None:
            with _making:
                return super().connection
        return self._connections.connection

    def _create_session(self) -> Any:
        if self._session is None:
            self._session = super()._create_session()
        return self._session


class R2Recordings(_OneSession):
    """The bucket; each object says how it is to be called when it is saved."""

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_object_parameters(name)
        return {**parameters, "ContentDisposition": disposition_of(name)}

    def download_url(self, name: str) -> str:
        url: str = self.url(name, parameters={"ResponseContentDisposition": disposition_of(name, is_download=True)})
        return url

    @contextmanager
    def as_file(self, name: str) -> Iterator[Path]:
        # Not by `open`, which has the whole of it in memory.
        with NamedTemporaryFile(suffix=".mp3") as file:
            try:
                found = self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                    raise FileNotFoundError(name) from error
                raise
            with closing(found["Body"]) as body:
                copyfileobj(body, file, _CHUNK)
            file.flush()
            yield Path(file.name)


class R2Exports(_OneSession):
    """Beside the recordings, in the same bucket; large files by S3's multipart uploads, whose parts R2 wants alike."""

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_object_parameters(name)
        return {**parameters, "ContentType": export_type_of(name), "ContentDisposition": export_disposition_of(name)}

    def begin(self, name: str) -> str:
        answer = self._client.create_multipart_upload(**self._of(name), **self.get_object_parameters(name))
        upload: str = answer["UploadId"]
        return upload

    def add_part(self, name: str, upload: str, number: int, content: bytes) -> str:
        with _gone_where_unknown():
            answer = self._client.upload_part(
                **self._of(name), UploadId=upload, PartNumber=number, Body=content, ContentLength=len(content)
            )
        tag: str = answer["ETag"]
        return tag

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> int:
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
        with _gone_where_unknown():
            self._client.complete_multipart_upload(**self._of(name), UploadId=upload, MultipartUpload={"Parts": parts})
        size: int = self.size(name)
        return size

    def abandon(self, name: str, upload: str) -> None:
        with suppress(PartsAreGone), _gone_where_unknown():
            self._client.abort_multipart_upload(**self._of(name), UploadId=upload)

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _of(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}


@contextmanager
def _gone_where_unknown() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            raise PartsAreGone from error
        raise
