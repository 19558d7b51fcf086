{{ config(materialized='view') }}
{{ versions_in_force() }}
