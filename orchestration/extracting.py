"""The extractor of claims in use: the declared language's, unless another is put in its place."""

from importlib import import_module

from ingest.articles.claims import ClaimExtractor
from ingest.articles.extraction.extractor import RuleExtractor
from orchestration.settings import Settings, SettingsError
from registry.language import load_language
from registry.models import Registry


def chosen_extractor(settings: Settings, registry: Registry) -> ClaimExtractor:
    """The extractor the settings name, called with the registry; by default the rules.

    Raises SettingsError where the name leads to none, RegistryError where the language cannot be
    used.
    """
    if not settings.extractor:
        return RuleExtractor(load_language(registry))
    module, colon, factory = settings.extractor.partition(":")
    try:
        extractor = getattr(import_module(module), factory)(registry)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(
            f"PLUMBLINE_EXTRACTOR {settings.extractor!r}: expected package.module:factory, a"
            f" function of the registry that makes an extractor: {error}"
        ) from error
    if not (colon and hasattr(extractor, "extract") and hasattr(extractor, "name")):
        raise SettingsError(
            f"PLUMBLINE_EXTRACTOR {settings.extractor!r}: what it makes has no name and extract()"
        )
    checked: ClaimExtractor = extractor
    return checked
