{#
  A phone number as E.164 (+ and 8 to 15 digits), NULL where it is none.

  Arguments
    phone          SQL expression: as people type it, with a country (+49 30 123, +49 (0)30 123, 0049…) or as dialled at
                   home (030 123, in North America 212 555 0100), with an extension or not, which is left out
    calling_code   SQL expression: the digits of the country it is dialled from, for numbers without one

  Example
    {{ e164('phone', 'countries.calling_code') }} as phone
#}
{%- macro e164(phone, calling_code) -%}
    {%- set whole -%} regexp_replace({{ phone }}, '([eE][xX][tT]|[xX#]).*$', '') {%- endset -%}
    {%- set typed -%} regexp_replace({{ whole }}, '[^0-9+]', '') {%- endset -%}
    {%- set abroad -%} regexp_replace(regexp_replace({{ whole }}, '[(]0[)]', ''), '[^0-9+]', '') {%- endset -%}
    {%- set dialled -%}
        case
            when {{ typed }} like '+%' then {{ abroad }}
            when {{ typed }} like '00%' then '+' || substr({{ abroad }}, 3)
            when {{ typed }} like '0%' then '+' || {{ calling_code }} || substr({{ typed }}, 2)
            when {{ calling_code }} = '1' and regexp_like({{ typed }}, '^1?[2-9][0-9]{9}$')
                then '+1' || substr({{ typed }}, length({{ typed }}) - 9)
        end
    {%- endset -%}
    case when regexp_like({{ dialled }}, '^[+][1-9][0-9]{7,14}$') then {{ dialled }} end
{%- endmacro -%}
