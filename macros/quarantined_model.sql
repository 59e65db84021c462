{#
  The model whose quarantine `this` is: silver.orders for silver.orders__quarantine. Not a ref: it is built later.
#}
{%- macro quarantined_model() -%}
    {{- return(this.incorporate(path={'identifier': this.identifier | replace('__quarantine', '')})) -}}
{%- endmacro -%}
