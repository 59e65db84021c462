{#
  A phone number as E.164 (+ and 8 to 15 digits), NULL where it is none.

  Arguments
    phone          SQL expression: as people type it, with a country (+49 30 123, 0049…) or as dialled at home (030 123)
    calling_code   SQL expression: the digits of the country it is dialled from, for numbers that start with one 0

  Example
    {{ e164('phone', 'countries.calling_code') }} as phone
#}
{%- macro e164(phone, calling_code) -%}
    {%- set typed -%} regexp_replace({{ phone }}, '[^0-9+]', '') {%- endset -%}
    {%- set dialled -%}
        case
            when {{ typed }} like '+%' then {{ typed }}
            when {{ typed }} like '00%' then '+' || substr({{ typed }}, 3)
            when {{ typed }} like '0%' then '+' || {{ calling_code }} || substr({{ typed }}, 2)
        end
    {%- endset -%}
    case when regexp_like({{ dialled }}, '^[+][1-9][0-9]{7,14}$') then {{ dialled }} end
{%- endmacro -%}
