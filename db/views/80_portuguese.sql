-- The three tables of the Portuguese specification, over the real ones.
create view reporting.planos with (security_invoker = true) as
select
  p.gym_id as academia_id,
  g.name as academia,
  p.package_id as plano_id,
  p.name as nome,
  case p.kind
    when 'recurring' then 'recorrente' when 'fixed_term' then 'prazo_fixo' when 'pack' then 'pacote'
    when 'trial' then 'experimental' else 'diaria'
  end as tipo,
  p.duration_months as duracao_meses,
  p.duration_days as duracao_dias,
  p.visits as visitas,
  round(p.price, currency_decimals(g.currency)) as preco,
  g.currency as moeda,
  p.is_active as a_venda
from packages p
join gyms g using (gym_id);

comment on view reporting.planos is 'Uma linha por plano que a academia vende';
comment on column reporting.planos.academia_id is 'Chave da academia (gyms.gym_id)';
comment on column reporting.planos.academia is 'Nome da academia';
comment on column reporting.planos.plano_id is 'Chave do plano (packages.package_id)';
comment on column reporting.planos.nome is 'Nome do plano';
comment on column reporting.planos.tipo is 'recorrente, prazo_fixo, pacote, experimental, diaria';
comment on column reporting.planos.duracao_meses is 'Duração em meses; 0 quando é em dias';
comment on column reporting.planos.duracao_dias is 'Duração em dias; 0 quando é em meses';
comment on column reporting.planos.visitas is 'Visitas de um pacote';
comment on column reporting.planos.preco is 'Preço da duração inteira, em unidades da moeda';
comment on column reporting.planos.moeda is 'ISO 4217';
comment on column reporting.planos.a_venda is 'Falso quando o plano não é mais vendido';

create view reporting.alunos with (security_invoker = true) as
select
  c.gym_id as academia_id,
  g.name as academia,
  c.customer_id as aluno_id,
  c.name as nome,
  c.email,
  c.phone as telefone,
  c.birth_date as data_nascimento,
  c.join_date as data_matricula,
  case c.status
    when 'active' then 'ativo' when 'frozen' then 'pausado'
    when 'cancelled' then 'cancelado' else 'vencido'
  end as situacao,
  c.package_id as plano_id,
  s.visits as visitas,
  s.last_visit_on as ultima_visita
from customers c
join gyms g using (gym_id)
left join member_stats s on s.gym_id = c.gym_id and s.customer_id = c.customer_id
where c.standing = 'member';

comment on view reporting.alunos is 'Uma linha por aluno';
comment on column reporting.alunos.academia_id is 'Chave da academia (gyms.gym_id)';
comment on column reporting.alunos.academia is 'Nome da academia';
comment on column reporting.alunos.aluno_id is 'Chave do aluno (customers.customer_id)';
comment on column reporting.alunos.nome is 'Nome completo';
comment on column reporting.alunos.email is 'Endereço para e-mails';
comment on column reporting.alunos.telefone is 'Telefone';
comment on column reporting.alunos.data_nascimento is 'Data de nascimento';
comment on column reporting.alunos.data_matricula is 'Primeiro dia como aluno';
comment on column reporting.alunos.situacao is 'ativo, pausado, cancelado ou vencido, na última atualização';
comment on column reporting.alunos.plano_id is 'Plano atual (planos.plano_id); vazio se desconhecido';
comment on column reporting.alunos.visitas is 'Todas as visitas';
comment on column reporting.alunos.ultima_visita is 'Dia local da visita mais nova';

create view reporting.checkins with (security_invoker = true) as
select
  a.gym_id as academia_id,
  g.name as academia,
  a.attendance_id as checkin_id,
  a.customer_id as aluno_id,
  a.check_in at time zone g.timezone as entrada,
  a.check_out at time zone g.timezone as saida,
  round(extract(epoch from a.check_out - a.check_in) / 60)::int as minutos
from attendance a
join gyms g using (gym_id);

comment on view reporting.checkins is 'Uma linha por visita, no horário da academia';
comment on column reporting.checkins.academia_id is 'Chave da academia (gyms.gym_id)';
comment on column reporting.checkins.academia is 'Nome da academia';
comment on column reporting.checkins.checkin_id is 'Chave da visita (attendance.attendance_id)';
comment on column reporting.checkins.aluno_id is 'Chave do aluno';
comment on column reporting.checkins.entrada is 'Entrada, horário local';
comment on column reporting.checkins.saida is 'Saída, horário local; vazia se não foi registrada';
comment on column reporting.checkins.minutos is 'Duração da visita; vazia se a saída não foi registrada';
