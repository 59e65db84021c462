{#
  The sum of a value over the rows that a condition is true for: 0 where there are none, NULL where one of them is
  unknown. Unknown is not zero.

  Arguments
    value       SQL expression, a number
    condition   SQL expression

  Example
    {{ sum_if_known('amount_base', "transaction_type = 'charge'") }} as charged_base
#}
{%- macro sum_if_known(value, condition) -%}
    case
            when count(case when {{ condition }} and {{ value }} is null then 1 end) = 0
                then sum(case when {{ condition }} then {{ value }} else 0 end)
        end
{%- endmacro -%}
