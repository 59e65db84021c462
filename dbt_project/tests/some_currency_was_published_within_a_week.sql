{# Stops the run where the rate service has published nothing at all for 7 days. `--empty` builds have no rates. #}

select {{ run_date() }} as today
where
    {{ not flags.EMPTY }}
    and not exists (
        select 1
        from {{ ref('fx_rates') }}
        where as_of_date = {{ run_date() }}
    )
