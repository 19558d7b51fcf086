select
    article_id,
    title,
    outlet,
    address,
    published_at,
    how_dated,
    known_from,
    body
from {{ source('articles', 'articles') }}
where {{ is_known('known_from') }}
