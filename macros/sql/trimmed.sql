{#
  Text without the blanks around it, and no other characters: trim() alone takes tabs and line ends too on some engines.

  Example
    lower({{ trimmed('email') }}) as email
#}
{%- macro trimmed(value) -%}
    trim(both ' ' from {{ value }})
{%- endmacro -%}
