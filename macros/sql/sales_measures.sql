{#
  What every summary of sales measures, over the lines of sold_lines: one definition for the day and the month.
  Unknown is not zero: margin_base is NULL where no line's cost is known, and a margin's rate divides by costed_net_base.
  `line_count` and `_lines_built_at` tell a later build whether the lines are still those (see changed_partitions).

  Example
    select order_date, {{ sales_measures() }} from sold_lines group by order_date
#}
{%- macro sales_measures() -%}
    count(*) as line_count,
        count(distinct order_id) as order_count,
        count(distinct customer_id) as customer_count,
        cast(sum(quantity) as bigint) as units,
        cast(sum(gross_base) as decimal(18, 4)) as gross_base,
        cast(sum(net_base) as decimal(18, 4)) as net_base,
        cast(sum(margin_base) as decimal(18, 4)) as margin_base,
        cast(sum(case when margin_base is not null then net_base else 0 end) as decimal(18, 4)) as costed_net_base,
        cast(sum(refund_base) as decimal(18, 4)) as refunds_base,
        max(_built_at) as _lines_built_at
{%- endmacro -%}
