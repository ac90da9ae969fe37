from __future__ import annotations

from django.db import models


class AgentLanguage(models.TextChoices):
    """What agents can speak, as ISO 639-1: as far as their provider has it (docs/providers.md) and there is a code."""

    ARABIC = "ar", "Arabic"
    BULGARIAN = "bg", "Bulgarian"
    CHINESE = "zh", "Chinese"
    CROATIAN = "hr", "Croatian"
    CZECH = "cs", "Czech"
    DANISH = "da", "Danish"
    DUTCH = "nl", "Dutch"
    ENGLISH = "en", "English"
    FINNISH = "fi", "Finnish"
    FRENCH = "fr", "French"
    GERMAN = "de", "German"
    GREEK = "el", "Greek"
    HINDI = "hi", "Hindi"
    HUNGARIAN = "hu", "Hungarian"
    INDONESIAN = "id", "Indonesian"
    ITALIAN = "it", "Italian"
    JAPANESE = "ja", "Japanese"
    KOREAN = "ko", "Korean"
    MALAY = "ms", "Malay"
    NORWEGIAN = "no", "Norwegian"
    POLISH = "pl", "Polish"
    PORTUGUESE = "pt", "Portuguese"
    ROMANIAN = "ro", "Romanian"
    RUSSIAN = "ru", "Russian"
    SLOVAK = "sk", "Slovak"
    SPANISH = "es", "Spanish"
    SWEDISH = "sv", "Swedish"
    TAMIL = "ta", "Tamil"
    TURKISH = "tr", "Turkish"
    UKRAINIAN = "uk", "Ukrainian"
    VIETNAMESE = "vi", "Vietnamese"
