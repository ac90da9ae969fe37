"""What servers write loosely is understood, where the bytes leave no doubt."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.common.fetching import LIMITS, Serve, body_of, exempting, problem_of
from tests.http_targets import answer, chunks, raw, redirect
from tether_calls.common.http import FetchProblem, post

SOUND = bytes(range(256)) * 3
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsound"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


def raw_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


class TestEncodings:
    @pytest.mark.parametrize(
        "encoding",
        [
            *("", "identity", "aws-chunked", "AWS-Chunked,", "aws-chunked,identity", "utf-8", "UTF8", "none", "binary"),
            *("base64", "audio/mpeg", "x, y", "null", "8bit", "\u00fc"),
        ],
    )
    def test_an_encoding_that_encodes_nothing_is_ignored(self, serve: Serve, encoding: str) -> None:
        target = serve({"/": answer(SOUND, content_encoding=encoding)})
        assert body_of(target.url(), exempting(target)) == SOUND

    @pytest.mark.parametrize(
        "encoding", ["gzip", "x-gzip", " GZIP ", "gzip,aws-chunked", "aws-chunked, gzip", "identity,gzip", "deflate"]
    )
    def test_gzip_is_undone(self, serve: Serve, encoding: str) -> None:
        target = serve({"/": answer(gzip.compress(SOUND), content_encoding=encoding)})
        assert body_of(target.url(), exempting(target)) == SOUND

    @pytest.mark.parametrize("compress", [zlib.compress, raw_deflate])
    def test_deflate_is_undone_in_both_its_forms(self, serve: Serve, compress: Callable[[bytes], bytes]) -> None:
        target = serve({"/": answer(compress(SOUND), content_encoding="deflate")})
        assert body_of(target.url(), exempting(target)) == SOUND

    @pytest.mark.parametrize("padding", [b"", bytes(40)])
    def test_gzip_is_undone_in_chunks_of_a_byte_and_in_several_members(self, serve: Serve, padding: bytes) -> None:
        members = gzip.compress(SOUND[:300]) + gzip.compress(SOUND[300:]) + padding
        pieces = [members[at : at + 1] for at in range(len(members))]
        target = serve({"/": chunks(*pieces, content_encoding="gzip")})
        assert body_of(target.url(), exempting(target)) == SOUND

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    @pytest.mark.parametrize("content", [b"ID3" + SOUND, b"\xff\xfb" + SOUND, b"", b"x"])
    def test_plain_bytes_that_call_themselves_compressed_are_taken_as_they_are(
        self, serve: Serve, encoding: str, content: bytes
    ) -> None:
        target = serve({"/": answer(content, content_encoding=encoding)})
        assert body_of(target.url(), exempting(target)) == content

    @pytest.mark.parametrize("content", [bytes(1_001), bytes(10_000_000)])
    def test_what_gets_too_large_when_it_is_undone_is_refused(self, serve: Serve, content: bytes) -> None:
        target = serve({"/": answer(gzip.compress(content), content_encoding="gzip")})
        limits = exempting(target, limits=replace(LIMITS, max_bytes=1_000 if len(content) < 2_000 else 9_999_999))
        assert problem_of(target.url(), limits) is FetchProblem.TOO_LARGE

    @pytest.mark.parametrize(
        "content", [gzip.compress(SOUND, mtime=0)[:-9], gzip.compress(SOUND, mtime=0)[:12] + b"broken" * 9, b"\x1f\x8b"]
    )
    def test_what_is_no_whole_gzip_is_refused(self, serve: Serve, content: bytes) -> None:
        target = serve({"/": answer(content, content_encoding="gzip")})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.BAD_RESPONSE

    @pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "X-Bzip2", "gzip, gzip", "gzip, br", "xz"])
    def test_another_compression_is_refused_by_a_sentence_that_says_so(self, serve: Serve, encoding: str) -> None:
        target = serve({"/": answer(bz2.compress(SOUND), content_encoding=encoding)})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.COMPRESSED
        assert "compressed" in FetchProblem.COMPRESSED.sentence


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        [
            "/a%7Eb%2Dc.mp3?X=%7e",
            "/a%7eb%2dc%2Fd.mp3?X=%7E&e=%2b+",
            "/it's(1)!*,;=:@&$.mp3?a[0]=1&b=/?",
            "/a/./b/../c//d.mp3",
            "//two/slashes",
            "/?",
            "/a?b=c?d=%25",
        ],
    )
    def test_path_and_query_are_sent_as_they_were_written(self, serve: Serve, path: str) -> None:
        target = serve({path.partition("?")[0]: SOUND})
        assert body_of(target.url(path + "#part"), exempting(target)) == SOUND
        post(target.url(path), body=b"{}", limits=exempting(target))
        assert [request.path for request in target.requests] == [path, path]

    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            ('/a"<b>.mp3?{c}|^`', "/a%22%3Cb%3E.mp3?%7Bc%7D%7C%5E%60"),
            ("/100%.mp3?a=%4", "/100%25.mp3?a=%254"),
            ("", "/"),
            ("?a=b", "/?a=b"),
            ("#part", "/"),
        ],
    )
    def test_what_http_forbids_there_is_escaped(self, serve: Serve, written: str, sent: str) -> None:
        target = serve({sent.partition("?")[0]: SOUND})
        assert body_of(target.url(written), exempting(target)) == SOUND
        assert target.requests[0].path == sent

    @pytest.mark.parametrize(
        ("location", "sent"),
        [
            ("/octet?name=call with space.mp3", "/octet?name=call%20with%20space.mp3"),
            (" /octet \t", "/octet"),
            # The bytes that came: UTF-8, and Latin-1.
            ("/octet?name=M\u00c3\u00bcller", "/octet?name=M%C3%BCller"),
            ("/octet?name=M\u00fcller", "/octet?name=M%FCller"),
            ("octet?a=%7E%7e~", "/octet?a=%7E%7e~"),
            ("/octet?\u00e4|b#\u00e9", "/octet?%E4%7Cb"),
        ],
    )
    def test_blanks_and_letters_of_a_location_are_escaped(self, serve: Serve, location: str, sent: str) -> None:
        target = serve({"/": redirect(location), "/octet": SOUND})
        assert body_of(target.url(), exempting(target)) == SOUND
        assert target.requests[1].path == sent

    @pytest.mark.parametrize("second", ["/octet", "/other"])
    def test_a_location_that_is_sent_twice_counts_if_it_is_the_same(self, serve: Serve, second: str) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: /octet\r\nLocation: {second}\r\nContent-Length: 0\r\n\r\n"
        target = serve({"/": raw(head.encode()), "/octet": SOUND})
        if second == "/octet":
            assert body_of(target.url(), exempting(target)) == SOUND
        else:
            assert problem_of(target.url(), exempting(target)) is FetchProblem.BAD_RESPONSE


class TestInterimAnswers:
    @pytest.mark.parametrize(
        "interim",
        [
            HINTS,
            HINTS * 3,
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 102 Processing\r\n\r\n" + HINTS + b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 199 What\r\nContent-Length: 9\r\n\r\n",
        ],
    )
    def test_the_answer_is_what_comes_behind_interim_ones(self, serve: Serve, interim: bytes) -> None:
        target = serve({"/": raw(interim + ANSWER)})
        assert body_of(target.url(), exempting(target)) == b"sound"
        assert post(target.url(), body=b"{}", limits=exempting(target)).status == 200

    def test_interim_answers_without_an_answer_are_none(self, serve: Serve) -> None:
        target = serve({"/": raw(HINTS)})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.CONNECTION_FAILED

    def test_interim_answers_have_an_end(self, serve: Serve) -> None:
        target = serve({"/": raw(HINTS * 1_000)})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.BAD_RESPONSE

    def test_another_protocol_is_no_interim_answer(self, serve: Serve) -> None:
        target = serve({"/": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + ANSWER)})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.BAD_STATUS


class TestLengths:
    @pytest.mark.parametrize(
        "lines",
        [
            b"Content-Length: 5\r\nContent-Length: 5\r\n",
            b"Content-Length: 5, 5\r\n",
            b"Content-Length: 5\r\ncontent-length: 5,5\r\n",
            b"Content-Length: 05\r\n",
            b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
        ],
    )
    def test_a_length_that_is_repeated_is_one(self, serve: Serve, lines: bytes) -> None:
        target = serve({"/": raw(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\nsound and what is not of it")})
        assert body_of(target.url(), exempting(target)) == b"sound"

    @pytest.mark.parametrize("length", [b"4", b"9999", b"five"])
    def test_a_length_beside_chunks_means_nothing(self, serve: Serve, length: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: " + length
        target = serve({"/": raw(head + b"\r\n\r\n5\r\nsound\r\n0\r\n\r\n")})
        assert body_of(target.url(), exempting(target)) == b"sound"

    @pytest.mark.parametrize(
        "lines",
        [
            b"Content-Length: 5, 6\r\n",
            b"Content-Length: 5,\r\n",
            b"Content-Length: +5\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n",
            b"Transfer-Encoding: xchunked\r\n",
        ],
    )
    def test_where_the_body_ends_is_not_guessed(self, serve: Serve, lines: bytes) -> None:
        target = serve({"/": raw(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n5\r\nsound\r\n0\r\n\r\n")})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.BAD_RESPONSE
