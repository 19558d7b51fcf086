with known as (

    select *
    from {{ source('articles', 'articles') }}
    where {{ is_known('known_from') }}

)

select
    article_id,
    article_version,
    title,
    outlet,
    address,
    published_at,
    how_dated,
    known_from,
    body,
    body_sha256,
    duplicate_of,
    article_version = max(article_version) over (partition by article_id) as is_latest_version
from known
