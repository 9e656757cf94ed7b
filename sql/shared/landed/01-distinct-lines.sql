-- One line of each number: of a record that came twice in one load, one copy.
{{STAGE: stg_lines}}
select *
from stg_lines
qualify row_number() over (partition by node, epoch, seq order by receivedAt) = 1;
