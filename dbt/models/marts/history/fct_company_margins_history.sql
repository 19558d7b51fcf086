-- Inputs and formulas are declared in the yml beside this file.
{{ declared_versions() }}
