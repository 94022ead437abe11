-- The schema after all steps. Made by: tests/sql/run.sh OSTEON schema --write
CREATE FUNCTION public.actor() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select nullif(current_setting('osteon.user', true), '')::bigint $$;
CREATE FUNCTION public.audit_append(action text, object text, object_id bigint, about bigint, detail jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    head audit_head;
    r    audit;
begin
    r.institution_id := coalesce((select c.institution_id from patient_case c where c.id = about), tenant());
    insert into audit_head values (r.institution_id, 0, decode(repeat('00', 32), 'hex'))
        on conflict do nothing;
    select * into strict head from audit_head h where h.institution_id = r.institution_id for update;
    r.seq := head.seq + 1;
    r.at := clock_timestamp();
    r.user_id := nullif(actor(), 0);
    r.user_institution_id := tenant();
    r.action := action;
    r.object := object;
    r.object_id := object_id;
    r.case_id := about;
    r.detail := detail;
    if r.institution_id <> tenant() and tenant() <> 0 then
        r.detail := r.detail || coalesce((select jsonb_build_object('by', u.name) from app_user u
                                           where u.id = actor() and u.institution_id = tenant()), '{}');
    end if;
    r.hash := sha256(head.hash || audit_bytes(r));
    insert into audit select r.*;
    update audit_head h set seq = r.seq, hash = r.hash where h.institution_id = r.institution_id;
    return r.seq;
end $$;
CREATE TABLE public.audit (
    institution_id bigint NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    user_id bigint,
    user_institution_id bigint,
    action text NOT NULL,
    object text NOT NULL,
    object_id bigint NOT NULL,
    case_id bigint,
    detail jsonb NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_action_check CHECK (((length(action) >= 3) AND (length(action) <= 39))),
    CONSTRAINT audit_detail_check CHECK ((jsonb_typeof(detail) = 'object'::text)),
    CONSTRAINT audit_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_object_check CHECK (((length(object) >= 2) AND (length(object) <= 15))),
    CONSTRAINT audit_seq_check CHECK ((seq > 0))
);
ALTER TABLE ONLY public.audit FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.audit_bytes(r public.audit) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
    select convert_to(
        netstring(r.institution_id::text) || netstring(r.seq::text)
        || netstring((extract(epoch from r.at) * 1000000)::bigint::text)
        || netstring(r.user_id::text) || netstring(r.user_institution_id::text)
        || netstring(r.action) || netstring(r.object) || netstring(r.object_id::text)
        || netstring(r.case_id::text) || netstring(r.detail::text), 'UTF8')
$$;
CREATE FUNCTION public.case_code() RETURNS text
    LANGUAGE sql
    AS $$
    select 'C-' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(r, i) & 31), 1), '')
      from (select uuid_send(gen_random_uuid()) as r) u, generate_series(0, 4) i
$$;
CREATE FUNCTION public.granted(which bigint, wanted text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (select 1 from case_grant g
                    where g.case_id = which and g.grantee_id = tenant()
                      and (g.may = 'plan' or wanted = 'view')
                      and g.revoked_at is null and g.expires_at > now())
        or (wanted = 'view' and exists (select 1 from guest v
                    where v.case_id = which and v.user_id = actor()
                      and v.revoked_at is null and v.expires_at > now()))
$$;
CREATE FUNCTION public.in_queue() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select current_setting('osteon.queue', true) = 'on' $$;
CREATE FUNCTION public.institution_of(person bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    return (select u.institution_id from app_user u where u.id = person);
end $$;
CREATE FUNCTION public.netstring(v text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select coalesce(octet_length(v)::text || ':' || v || ',', '-,') $$;
CREATE FUNCTION public.presented_hash() RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$ select case when presented_key() ~ '^[0-9a-f]{64}$' then decode(presented_key(), 'hex') end $_$;
CREATE FUNCTION public.presented_key() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select nullif(current_setting('osteon.key', true), '') $$;
CREATE PROCEDURE public.protect(IN tab regclass)
    LANGUAGE plpgsql
    AS $$
begin
    execute format('alter table %s enable row level security', tab);
    execute format('alter table %s force row level security', tab);
    execute format('create policy tenant_read on %s for select using (institution_id = tenant())', tab);
    execute format('create policy tenant_insert on %s for insert with check (institution_id = tenant())', tab);
    execute format('create policy tenant_update on %s for update using (institution_id = tenant()) with check (institution_id = tenant())', tab);
    execute format('create policy tenant_delete on %s for delete using (institution_id = tenant())', tab);
end $$;
CREATE FUNCTION public.tenant() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select nullif(current_setting('osteon.institution', true), '')::bigint $$;
CREATE FUNCTION public.was_granted(which bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    select exists (select 1 from case_grant g join patient_case c on c.id = g.case_id
                    where g.case_id = which and g.grantee_id = tenant() and c.institution_id <> tenant())
$$;
CREATE TABLE public.app_user (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    email text,
    name text NOT NULL,
    role text NOT NULL,
    password text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    password_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT app_user_email_check CHECK (((email = lower(email)) AND ((length(email) >= 3) AND (length(email) <= 254)))),
    CONSTRAINT app_user_guest_has_no_account CHECK ((((role = 'guest'::text) = (email IS NULL)) AND ((role = 'guest'::text) = (password IS NULL)))),
    CONSTRAINT app_user_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT app_user_password_check CHECK ((password ~~ '$argon2id$%'::text)),
    CONSTRAINT app_user_role_check CHECK ((role = ANY (ARRAY['surgeon'::text, 'engineer'::text, 'administrator'::text, 'guest'::text])))
);
ALTER TABLE ONLY public.app_user FORCE ROW LEVEL SECURITY;
ALTER TABLE public.app_user ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.app_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.approval (
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    state_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    user_name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT approval_kind_check CHECK ((kind = ANY (ARRAY['version'::text, 'draft'::text, 'proposed'::text, 'approved'::text, 'released'::text, 'manufactured'::text, 'used'::text, 'checked'::text]))),
    CONSTRAINT approval_name_check CHECK (((length(name) >= 1) AND (length(name) <= 63))),
    CONSTRAINT approval_state_hash_check CHECK ((length(state_hash) = 32)),
    CONSTRAINT approval_user_name_check CHECK ((length(user_name) <= 127))
);
ALTER TABLE ONLY public.approval FORCE ROW LEVEL SECURITY;
CREATE TABLE public.audit_head (
    institution_id bigint NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_head_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_head_seq_check CHECK ((seq >= 0))
);
ALTER TABLE ONLY public.audit_head FORCE ROW LEVEL SECURITY;
CREATE TABLE public.blob (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    kind text NOT NULL,
    address bytea NOT NULL,
    sha256 bytea NOT NULL,
    wrapped_key bytea NOT NULL,
    file text NOT NULL,
    bytes bigint NOT NULL,
    stored_bytes bigint NOT NULL,
    packed boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    key_id smallint DEFAULT 0 NOT NULL,
    CONSTRAINT blob_address_check CHECK ((length(address) = 32)),
    CONSTRAINT blob_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT blob_file_check CHECK (((length(file) >= 10) AND (length(file) <= 119))),
    CONSTRAINT blob_key_id_known CHECK (((key_id >= 0) AND (key_id <= 255))),
    CONSTRAINT blob_kind_check CHECK ((kind = ANY (ARRAY['film'::text, 'ct'::text, 'result'::text]))),
    CONSTRAINT blob_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT blob_stored_bytes_check CHECK ((stored_bytes > 0)),
    CONSTRAINT blob_wrapped_key_check CHECK ((length(wrapped_key) = 72))
);
ALTER TABLE ONLY public.blob FORCE ROW LEVEL SECURITY;
ALTER TABLE public.blob ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.blob_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.case_grant (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    grantee_id bigint NOT NULL,
    may text NOT NULL,
    purpose text NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    given_back text,
    CONSTRAINT case_grant_ends CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '366 days'::interval)))),
    CONSTRAINT case_grant_given_back_check CHECK (((length(given_back) >= 3) AND (length(given_back) <= 200))),
    CONSTRAINT case_grant_given_back_ends CHECK (((given_back IS NULL) OR (revoked_at IS NOT NULL))),
    CONSTRAINT case_grant_may_check CHECK ((may = ANY (ARRAY['view'::text, 'plan'::text]))),
    CONSTRAINT case_grant_purpose_check CHECK (((length(purpose) >= 3) AND (length(purpose) <= 200))),
    CONSTRAINT case_grant_to_another CHECK ((grantee_id <> institution_id))
);
ALTER TABLE ONLY public.case_grant FORCE ROW LEVEL SECURITY;
ALTER TABLE public.case_grant ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.case_grant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.film (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    blob_id bigint NOT NULL,
    kind text NOT NULL,
    projection text NOT NULL,
    arm text DEFAULT 'affected'::text NOT NULL,
    laterality text DEFAULT ''::text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    spacing_u double precision NOT NULL,
    spacing_v double precision NOT NULL,
    spacing_how text NOT NULL,
    record jsonb NOT NULL,
    camera text,
    confirmed_by bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    series text DEFAULT ''::text NOT NULL,
    frame smallint DEFAULT 0 NOT NULL,
    CONSTRAINT film_arm_check CHECK ((arm = ANY (ARRAY['affected'::text, 'other'::text]))),
    CONSTRAINT film_camera_check CHECK (((length(camera) >= 1) AND (length(camera) <= 65536))),
    CONSTRAINT film_frame_range CHECK (((frame >= 0) AND (frame <= 7))),
    CONSTRAINT film_height_check CHECK (((height >= 1) AND (height <= 16384))),
    CONSTRAINT film_kind_check CHECK ((kind = ANY (ARRAY['film'::text, 'ct'::text]))),
    CONSTRAINT film_laterality_check CHECK ((laterality = ANY (ARRAY[''::text, 'L'::text, 'R'::text]))),
    CONSTRAINT film_projection_check CHECK ((projection = ANY (ARRAY['pa'::text, 'ap'::text, 'lateral'::text, 'oblique'::text, 'unknown'::text]))),
    CONSTRAINT film_record_check CHECK ((jsonb_typeof(record) = 'object'::text)),
    CONSTRAINT film_series_keyed CHECK ((series ~ '^(2\.25\.[0-9]{1,39})?$'::text)),
    CONSTRAINT film_spacing_how_check CHECK ((spacing_how = ANY (ARRAY['measured'::text, 'calibrated'::text, 'estimated'::text, 'assumed'::text, 'unknown'::text]))),
    CONSTRAINT film_spacing_known CHECK (((spacing_how = 'unknown'::text) = ((spacing_u = (0)::double precision) AND (spacing_v = (0)::double precision)))),
    CONSTRAINT film_spacing_range CHECK ((((spacing_u >= (0)::double precision) AND (spacing_u <= (10)::double precision)) AND ((spacing_v >= (0)::double precision) AND (spacing_v <= (10)::double precision)))),
    CONSTRAINT film_width_check CHECK (((width >= 1) AND (width <= 16384)))
);
ALTER TABLE ONLY public.film FORCE ROW LEVEL SECURITY;
ALTER TABLE public.film ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.film_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.fit_review (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    job_id bigint NOT NULL,
    user_id bigint NOT NULL,
    verdict text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT fit_review_note_check CHECK ((length(note) <= 2000)),
    CONSTRAINT fit_review_verdict_check CHECK ((verdict = ANY (ARRAY['accept'::text, 'reject'::text])))
);
ALTER TABLE ONLY public.fit_review FORCE ROW LEVEL SECURITY;
ALTER TABLE public.fit_review ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.fit_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.guest (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role text DEFAULT 'guest'::text NOT NULL,
    may text NOT NULL,
    token_hash bytea NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT guest_ends CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '90 days'::interval)))),
    CONSTRAINT guest_may_check CHECK ((may = ANY (ARRAY['view'::text, 'plan'::text]))),
    CONSTRAINT guest_role_check CHECK ((role = 'guest'::text)),
    CONSTRAINT guest_token_hash_check CHECK ((length(token_hash) = 32))
);
ALTER TABLE ONLY public.guest FORCE ROW LEVEL SECURITY;
ALTER TABLE public.guest ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.guest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.institution (
    id bigint NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT institution_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);
ALTER TABLE ONLY public.institution FORCE ROW LEVEL SECURITY;
ALTER TABLE public.institution ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.institution_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.job (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    kind text NOT NULL,
    input jsonb NOT NULL,
    input_digest bytea NOT NULL,
    output jsonb,
    output_digest bytea,
    state text DEFAULT 'ready'::text NOT NULL,
    depends_on bigint,
    attempt smallint DEFAULT 0 NOT NULL,
    attempt_limit smallint DEFAULT 3 NOT NULL,
    run_after timestamp with time zone DEFAULT now() NOT NULL,
    worker text,
    lease_until timestamp with time zone,
    progress real DEFAULT 0 NOT NULL,
    stage text DEFAULT ''::text NOT NULL,
    cancel_requested boolean DEFAULT false NOT NULL,
    error_code text,
    error_text text,
    created_by bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT job_attempt_limit_check CHECK (((attempt_limit >= 1) AND (attempt_limit <= 10))),
    CONSTRAINT job_check CHECK (((attempt >= 0) AND (attempt <= attempt_limit))),
    CONSTRAINT job_done_has_output CHECK (((state <> 'done'::text) OR ((output IS NOT NULL) AND (output_digest IS NOT NULL)))),
    CONSTRAINT job_ended_has_time CHECK (((state = ANY (ARRAY['done'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT job_error_text_check CHECK ((length(error_text) < 200)),
    CONSTRAINT job_failed_has_code CHECK (((state = 'failed'::text) = (error_code IS NOT NULL))),
    CONSTRAINT job_input_check CHECK ((jsonb_typeof(input) = 'object'::text)),
    CONSTRAINT job_input_digest_check CHECK ((length(input_digest) = 32)),
    CONSTRAINT job_kind_check CHECK ((kind = ANY (ARRAY['recon'::text, 'mech'::text, 'guide'::text, 'report'::text]))),
    CONSTRAINT job_output_digest_check CHECK ((length(output_digest) = 32)),
    CONSTRAINT job_progress_check CHECK (((progress >= (0)::double precision) AND (progress <= (1)::double precision))),
    CONSTRAINT job_running_has_lease CHECK (((state = 'running'::text) = ((worker IS NOT NULL) AND (lease_until IS NOT NULL)))),
    CONSTRAINT job_stage_check CHECK ((length(stage) <= 31)),
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT job_worker_check CHECK (((length(worker) >= 1) AND (length(worker) <= 63)))
);
ALTER TABLE ONLY public.job FORCE ROW LEVEL SECURITY;
ALTER TABLE public.job ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.login_throttle (
    subject bytea NOT NULL,
    failures integer NOT NULL,
    next_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT login_throttle_failures_check CHECK ((failures > 0)),
    CONSTRAINT login_throttle_subject_check CHECK ((length(subject) = 32))
);
ALTER TABLE ONLY public.login_throttle FORCE ROW LEVEL SECURITY;
CREATE TABLE public.migration (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT migration_sha256_check CHECK ((length(sha256) = 32))
);
CREATE TABLE public.patient_case (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    code text DEFAULT public.case_code() NOT NULL,
    side text NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    simulated boolean DEFAULT false NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT patient_case_code_check CHECK ((code ~ '^C-[0-9A-HJKMNP-TV-Z]{5}$'::text)),
    CONSTRAINT patient_case_side_check CHECK ((side = ANY (ARRAY['right'::text, 'left'::text, 'unknown'::text]))),
    CONSTRAINT patient_case_state_check CHECK ((state = ANY (ARRAY['new'::text, 'planning'::text, 'approved'::text, 'closed'::text])))
);
ALTER TABLE ONLY public.patient_case FORCE ROW LEVEL SECURITY;
ALTER TABLE public.patient_case ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.patient_case_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plan (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    recon_job_id bigint NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    hash bytea DEFAULT decode(repeat('00'::text, 32), 'hex'::text) NOT NULL,
    state_hash bytea DEFAULT decode(repeat('00'::text, 32), 'hex'::text) NOT NULL,
    epoch bigint DEFAULT 0 NOT NULL,
    lease_owner text,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    CONSTRAINT plan_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT plan_epoch_check CHECK ((epoch >= 0)),
    CONSTRAINT plan_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT plan_lease_owner_check CHECK (((length(lease_owner) >= 1) AND (length(lease_owner) <= 63))),
    CONSTRAINT plan_lease_whole CHECK (((lease_owner IS NULL) = (lease_until IS NULL))),
    CONSTRAINT plan_seq_check CHECK ((seq >= 0)),
    CONSTRAINT plan_state_hash_check CHECK ((length(state_hash) = 32))
);
ALTER TABLE ONLY public.plan FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plan ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plan_op (
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    user_id bigint,
    user_name text NOT NULL,
    role text NOT NULL,
    client text NOT NULL,
    n bigint NOT NULL,
    undo_of bigint,
    body bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT plan_op_body_check CHECK (((length(body) >= 1) AND (length(body) <= 262144))),
    CONSTRAINT plan_op_check CHECK (((undo_of > 0) AND (undo_of < seq))),
    CONSTRAINT plan_op_client_check CHECK ((client ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT plan_op_epoch_check CHECK ((epoch >= 0)),
    CONSTRAINT plan_op_hash_of_body CHECK ((hash = sha256(body))),
    CONSTRAINT plan_op_n_check CHECK ((n >= 0)),
    CONSTRAINT plan_op_role_check CHECK ((role = ANY (ARRAY['surgeon'::text, 'engineer'::text, 'administrator'::text, 'guest'::text, 'system'::text]))),
    CONSTRAINT plan_op_seq_check CHECK ((seq > 0)),
    CONSTRAINT plan_op_system_is_nobody CHECK (((user_id IS NULL) = (role = 'system'::text))),
    CONSTRAINT plan_op_user_name_check CHECK ((length(user_name) <= 127))
);
ALTER TABLE ONLY public.plan_op FORCE ROW LEVEL SECURITY;
CREATE TABLE public.plan_snapshot (
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    seq bigint NOT NULL,
    state_hash bytea NOT NULL,
    body bytea NOT NULL,
    body_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT plan_snapshot_body_check CHECK ((length(body) <= 16777216)),
    CONSTRAINT plan_snapshot_seq_check CHECK ((seq >= 0)),
    CONSTRAINT plan_snapshot_state_hash_check CHECK ((length(state_hash) = 32)),
    CONSTRAINT plan_snapshot_whole CHECK ((body_hash = sha256(body)))
);
ALTER TABLE ONLY public.plan_snapshot FORCE ROW LEVEL SECURITY;
CREATE TABLE public.result_file (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    case_id bigint NOT NULL,
    job_id bigint NOT NULL,
    blob_id bigint NOT NULL,
    name text NOT NULL,
    content_type text NOT NULL,
    plan_seq bigint,
    plan_hash bytea,
    approved boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT result_file_approved_of_plan CHECK (((NOT approved) OR (plan_seq IS NOT NULL))),
    CONSTRAINT result_file_content_type_check CHECK (((length(content_type) >= 3) AND (length(content_type) <= 63))),
    CONSTRAINT result_file_name_check CHECK ((name ~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$'::text)),
    CONSTRAINT result_file_plan_hash_check CHECK ((length(plan_hash) = 32)),
    CONSTRAINT result_file_plan_seq_check CHECK ((plan_seq >= 0)),
    CONSTRAINT result_file_plan_whole CHECK (((plan_seq IS NULL) = (plan_hash IS NULL)))
);
ALTER TABLE ONLY public.result_file FORCE ROW LEVEL SECURITY;
ALTER TABLE public.result_file ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.result_file_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.session (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    user_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    previous_hash bytea,
    confirmed boolean DEFAULT true NOT NULL,
    agent text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    rotated_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT session_agent_check CHECK ((length(agent) <= 120)),
    CONSTRAINT session_previous_hash_check CHECK ((length(previous_hash) = 32)),
    CONSTRAINT session_token_hash_check CHECK ((length(token_hash) = 32)),
    CONSTRAINT session_unconfirmed_has_previous CHECK ((confirmed OR (previous_hash IS NOT NULL)))
);
ALTER TABLE ONLY public.session FORCE ROW LEVEL SECURITY;
CREATE TABLE public.session_former (
    token_hash bytea NOT NULL,
    institution_id bigint NOT NULL,
    session_id bigint NOT NULL,
    replaced_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT session_former_token_hash_check CHECK ((length(token_hash) = 32))
);
ALTER TABLE ONLY public.session_former FORCE ROW LEVEL SECURITY;
ALTER TABLE public.session ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.ticket (
    token_hash bytea NOT NULL,
    institution_id bigint NOT NULL,
    session_id bigint NOT NULL,
    case_id bigint NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '00:00:30'::interval) NOT NULL,
    CONSTRAINT ticket_token_hash_check CHECK ((length(token_hash) = 32))
);
ALTER TABLE ONLY public.ticket FORCE ROW LEVEL SECURITY;
ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_email_key UNIQUE (email);
ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_id_institution_id_key UNIQUE (id, institution_id);
ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_role_key UNIQUE (id, institution_id, role);
ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (plan_id, seq, name);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (institution_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (institution_id, seq);
ALTER TABLE ONLY public.blob
    ADD CONSTRAINT blob_file_key UNIQUE (file);
ALTER TABLE ONLY public.blob
    ADD CONSTRAINT blob_id_institution_id_key UNIQUE (id, institution_id);
ALTER TABLE ONLY public.blob
    ADD CONSTRAINT blob_institution_id_kind_address_key UNIQUE (institution_id, kind, address);
ALTER TABLE ONLY public.blob
    ADD CONSTRAINT blob_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.case_grant
    ADD CONSTRAINT case_grant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.film
    ADD CONSTRAINT film_id_institution_id_key UNIQUE (id, institution_id);
ALTER TABLE ONLY public.film
    ADD CONSTRAINT film_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.fit_review
    ADD CONSTRAINT fit_review_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_user_id_key UNIQUE (user_id);
ALTER TABLE ONLY public.institution
    ADD CONSTRAINT institution_name_key UNIQUE (name);
ALTER TABLE ONLY public.institution
    ADD CONSTRAINT institution_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_id_case_id_institution_id_key UNIQUE (id, case_id, institution_id);
ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.login_throttle
    ADD CONSTRAINT login_throttle_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.patient_case
    ADD CONSTRAINT patient_case_id_institution_id_key UNIQUE (id, institution_id);
ALTER TABLE ONLY public.patient_case
    ADD CONSTRAINT patient_case_institution_id_code_key UNIQUE (institution_id, code);
ALTER TABLE ONLY public.patient_case
    ADD CONSTRAINT patient_case_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_id_case_id_institution_id_key UNIQUE (id, case_id, institution_id);
ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_one_per_fit UNIQUE (recon_job_id);
ALTER TABLE ONLY public.plan_op
    ADD CONSTRAINT plan_op_once UNIQUE (plan_id, client, n);
ALTER TABLE ONLY public.plan_op
    ADD CONSTRAINT plan_op_pkey PRIMARY KEY (plan_id, seq);
ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_snapshot
    ADD CONSTRAINT plan_snapshot_pkey PRIMARY KEY (plan_id, seq);
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT result_file_job_id_name_key UNIQUE (job_id, name);
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT result_file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.session_former
    ADD CONSTRAINT session_former_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_id_institution_id_key UNIQUE (id, institution_id);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (token_hash);
CREATE INDEX approval_state ON public.approval USING btree (plan_id, state_hash) WHERE (kind = 'approved'::text);
CREATE INDEX audit_case ON public.audit USING btree (institution_id, case_id, seq);
CREATE INDEX audit_visit ON public.audit USING btree (institution_id, case_id, user_institution_id, at);
CREATE INDEX blob_key ON public.blob USING btree (institution_id, key_id);
CREATE INDEX case_grant_case ON public.case_grant USING btree (case_id);
CREATE INDEX case_grant_grantee ON public.case_grant USING btree (grantee_id, institution_id);
CREATE UNIQUE INDEX case_grant_one ON public.case_grant USING btree (case_id, grantee_id) WHERE (revoked_at IS NULL);
CREATE INDEX case_grant_owner ON public.case_grant USING btree (institution_id, grantee_id);
CREATE INDEX film_blob ON public.film USING btree (blob_id);
CREATE INDEX film_case ON public.film USING btree (case_id, id);
CREATE INDEX fit_review_job ON public.fit_review USING btree (job_id, id);
CREATE INDEX guest_case ON public.guest USING btree (case_id, id);
CREATE INDEX job_case ON public.job USING btree (case_id, id);
CREATE INDEX job_depends ON public.job USING btree (depends_on) WHERE (depends_on IS NOT NULL);
CREATE INDEX job_lease ON public.job USING btree (lease_until) WHERE (state = 'running'::text);
CREATE UNIQUE INDEX job_once ON public.job USING btree (case_id, kind, input_digest) WHERE (state = ANY (ARRAY['ready'::text, 'running'::text, 'done'::text]));
CREATE INDEX job_ready ON public.job USING btree (run_after, id) WHERE (state = 'ready'::text);
CREATE INDEX job_served ON public.job USING btree (institution_id, started_at);
CREATE INDEX login_throttle_age ON public.login_throttle USING btree (updated_at);
CREATE INDEX plan_case ON public.plan USING btree (case_id, id);
CREATE INDEX result_file_blob ON public.result_file USING btree (blob_id);
CREATE INDEX result_file_name ON public.result_file USING btree (case_id, name, job_id DESC);
CREATE INDEX session_former_session ON public.session_former USING btree (session_id);
CREATE INDEX session_of_user ON public.session USING btree (user_id);
CREATE UNIQUE INDEX session_previous ON public.session USING btree (previous_hash) WHERE (previous_hash IS NOT NULL);
CREATE INDEX ticket_case ON public.ticket USING btree (case_id);
CREATE INDEX ticket_session ON public.ticket USING btree (session_id);
ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_institution_id_fkey FOREIGN KEY (institution_id) REFERENCES public.institution(id);
ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_plan_id_case_id_institution_id_fkey FOREIGN KEY (plan_id, case_id, institution_id) REFERENCES public.plan(id, case_id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_plan_id_seq_fkey FOREIGN KEY (plan_id, seq) REFERENCES public.plan_op(plan_id, seq) ON DELETE CASCADE;
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_institution_id_fkey FOREIGN KEY (institution_id) REFERENCES public.institution(id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_institution_id_fkey FOREIGN KEY (institution_id) REFERENCES public.institution(id);
ALTER TABLE ONLY public.blob
    ADD CONSTRAINT blob_institution_id_fkey FOREIGN KEY (institution_id) REFERENCES public.institution(id);
ALTER TABLE ONLY public.case_grant
    ADD CONSTRAINT case_grant_case_id_institution_id_fkey FOREIGN KEY (case_id, institution_id) REFERENCES public.patient_case(id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.case_grant
    ADD CONSTRAINT case_grant_grantee_id_fkey FOREIGN KEY (grantee_id) REFERENCES public.institution(id);
ALTER TABLE ONLY public.film
    ADD CONSTRAINT film_blob_id_institution_id_fkey FOREIGN KEY (blob_id, institution_id) REFERENCES public.blob(id, institution_id);
ALTER TABLE ONLY public.film
    ADD CONSTRAINT film_case_id_institution_id_fkey FOREIGN KEY (case_id, institution_id) REFERENCES public.patient_case(id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.film
    ADD CONSTRAINT film_confirmed_by_institution_id_fkey FOREIGN KEY (confirmed_by, institution_id) REFERENCES public.app_user(id, institution_id);
ALTER TABLE ONLY public.fit_review
    ADD CONSTRAINT fit_review_job_id_case_id_institution_id_fkey FOREIGN KEY (job_id, case_id, institution_id) REFERENCES public.job(id, case_id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.fit_review
    ADD CONSTRAINT fit_review_user_id_institution_id_fkey FOREIGN KEY (user_id, institution_id) REFERENCES public.app_user(id, institution_id);
ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_case_id_institution_id_fkey FOREIGN KEY (case_id, institution_id) REFERENCES public.patient_case(id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_created_by_institution_id_fkey FOREIGN KEY (created_by, institution_id) REFERENCES public.app_user(id, institution_id);
ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_user_id_institution_id_role_fkey FOREIGN KEY (user_id, institution_id, role) REFERENCES public.app_user(id, institution_id, role);
ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_case_id_institution_id_fkey FOREIGN KEY (case_id, institution_id) REFERENCES public.patient_case(id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_depends_on_fkey FOREIGN KEY (depends_on) REFERENCES public.job(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.patient_case
    ADD CONSTRAINT patient_case_created_by_institution_id_fkey FOREIGN KEY (created_by, institution_id) REFERENCES public.app_user(id, institution_id);
ALTER TABLE ONLY public.patient_case
    ADD CONSTRAINT patient_case_institution_id_fkey FOREIGN KEY (institution_id) REFERENCES public.institution(id);
ALTER TABLE ONLY public.plan_op
    ADD CONSTRAINT plan_op_plan_id_case_id_institution_id_fkey FOREIGN KEY (plan_id, case_id, institution_id) REFERENCES public.plan(id, case_id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_recon_job_id_case_id_institution_id_fkey FOREIGN KEY (recon_job_id, case_id, institution_id) REFERENCES public.job(id, case_id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_snapshot
    ADD CONSTRAINT plan_snapshot_plan_id_case_id_institution_id_fkey FOREIGN KEY (plan_id, case_id, institution_id) REFERENCES public.plan(id, case_id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT result_file_blob_id_institution_id_fkey FOREIGN KEY (blob_id, institution_id) REFERENCES public.blob(id, institution_id);
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT result_file_job_id_case_id_institution_id_fkey FOREIGN KEY (job_id, case_id, institution_id) REFERENCES public.job(id, case_id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session_former
    ADD CONSTRAINT session_former_session_id_institution_id_fkey FOREIGN KEY (session_id, institution_id) REFERENCES public.session(id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_user_id_institution_id_fkey FOREIGN KEY (user_id, institution_id) REFERENCES public.app_user(id, institution_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.patient_case(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_session_id_institution_id_fkey FOREIGN KEY (session_id, institution_id) REFERENCES public.session(id, institution_id) ON DELETE CASCADE;
ALTER TABLE public.app_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.blob ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.case_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.film ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.fit_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY given_back_later ON public.case_grant AS RESTRICTIVE FOR INSERT WITH CHECK ((given_back IS NULL));
CREATE POLICY given_by_grantee ON public.case_grant AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (((given_back IS NULL) OR (grantee_id = public.tenant())));
CREATE POLICY grantee_gives_back ON public.case_grant FOR UPDATE USING (((grantee_id = public.tenant()) AND (expires_at > now()))) WITH CHECK (((grantee_id = public.tenant()) AND (revoked_at = now()) AND (given_back IS NOT NULL)));
CREATE POLICY grantee_read ON public.approval FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.blob FOR SELECT USING (((EXISTS ( SELECT 1
   FROM public.film f
  WHERE ((f.blob_id = blob.id) AND public.granted(f.case_id, 'view'::text)))) OR (EXISTS ( SELECT 1
   FROM public.result_file r
  WHERE ((r.blob_id = blob.id) AND public.granted(r.case_id, 'view'::text))))));
CREATE POLICY grantee_read ON public.case_grant FOR SELECT USING ((grantee_id = public.tenant()));
CREATE POLICY grantee_read ON public.film FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.fit_review FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.job FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.patient_case FOR SELECT USING (public.granted(id, 'view'::text));
CREATE POLICY grantee_read ON public.plan FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.plan_op FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.plan_snapshot FOR SELECT USING (public.granted(case_id, 'view'::text));
CREATE POLICY grantee_read ON public.result_file FOR SELECT USING (public.granted(case_id, 'view'::text));
ALTER TABLE public.guest ENABLE ROW LEVEL SECURITY;
CREATE POLICY guest_ends ON public.session AS RESTRICTIVE FOR INSERT WITH CHECK ((NOT (EXISTS ( SELECT 1
   FROM public.guest v
  WHERE ((v.user_id = session.user_id) AND ((v.revoked_at IS NOT NULL) OR (v.expires_at < session.expires_at)))))));
CREATE POLICY guest_invited ON public.plan_op AS RESTRICTIVE FOR INSERT WITH CHECK (((role <> 'guest'::text) OR (EXISTS ( SELECT 1
   FROM public.guest v
  WHERE ((v.user_id = plan_op.user_id) AND (v.case_id = plan_op.case_id) AND (v.may = 'plan'::text) AND (v.revoked_at IS NULL) AND (v.expires_at > now()))))));
ALTER TABLE public.institution ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY key_all ON public.login_throttle USING ((subject = public.presented_hash())) WITH CHECK ((subject = public.presented_hash()));
CREATE POLICY key_delete ON public.ticket FOR DELETE USING ((token_hash = public.presented_hash()));
CREATE POLICY key_read ON public.app_user FOR SELECT USING ((email = public.presented_key()));
CREATE POLICY key_read ON public.guest FOR SELECT USING ((token_hash = public.presented_hash()));
CREATE POLICY key_read ON public.session FOR SELECT USING (((token_hash = public.presented_hash()) OR (previous_hash = public.presented_hash())));
CREATE POLICY key_read ON public.session_former FOR SELECT USING ((token_hash = public.presented_hash()));
CREATE POLICY key_read ON public.ticket FOR SELECT USING ((token_hash = public.presented_hash()));
ALTER TABLE public.login_throttle ENABLE ROW LEVEL SECURITY;
CREATE POLICY named_read ON public.institution FOR SELECT USING ((name = public.presented_key()));
CREATE POLICY no_guest ON public.approval AS RESTRICTIVE FOR INSERT WITH CHECK ((( SELECT o.role
   FROM public.plan_op o
  WHERE ((o.plan_id = approval.plan_id) AND (o.seq = approval.seq))) <> 'guest'::text));
CREATE POLICY old_delete ON public.login_throttle FOR DELETE USING ((updated_at < (now() - '2 days'::interval)));
CREATE POLICY old_read ON public.login_throttle FOR SELECT USING ((updated_at < (now() - '2 days'::interval)));
CREATE POLICY own_read ON public.guest FOR SELECT USING ((user_id = public.actor()));
CREATE POLICY owner_all ON public.app_user TO osteon USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.audit TO osteon USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.audit_head TO osteon USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.institution TO osteon USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.session TO osteon USING (true) WITH CHECK (true);
CREATE POLICY owner_looks ON public.patient_case FOR SELECT TO osteon USING (true);
CREATE POLICY partner_granted ON public.plan_op AS RESTRICTIVE FOR INSERT WITH CHECK (((user_id IS NULL) OR (public.institution_of(user_id) = institution_id) OR (EXISTS ( SELECT 1
   FROM public.case_grant g
  WHERE ((g.case_id = plan_op.case_id) AND (g.grantee_id = public.institution_of(plan_op.user_id)) AND (g.may = 'plan'::text) AND (g.revoked_at IS NULL) AND (g.expires_at > now()))))));
CREATE POLICY partner_proposes ON public.approval AS RESTRICTIVE FOR INSERT WITH CHECK (((kind = ANY (ARRAY['version'::text, 'draft'::text, 'proposed'::text])) OR (public.institution_of(user_id) = institution_id)));
CREATE POLICY partner_read ON public.institution FOR SELECT USING ((EXISTS ( SELECT 1
   FROM public.case_grant g
  WHERE (((g.institution_id = public.tenant()) AND (g.grantee_id = institution.id)) OR ((g.grantee_id = public.tenant()) AND (g.institution_id = institution.id))))));
ALTER TABLE public.patient_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan_op ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan_snapshot ENABLE ROW LEVEL SECURITY;
CREATE POLICY queue_read ON public.job FOR SELECT USING (public.in_queue());
CREATE POLICY queue_update ON public.job FOR UPDATE USING (public.in_queue()) WITH CHECK (public.in_queue());
ALTER TABLE public.result_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session_former ENABLE ROW LEVEL SECURITY;
CREATE POLICY stays_revoked ON public.case_grant AS RESTRICTIVE FOR UPDATE USING ((revoked_at IS NULL)) WITH CHECK (true);
CREATE POLICY stays_revoked ON public.guest AS RESTRICTIVE FOR UPDATE USING ((revoked_at IS NULL)) WITH CHECK (true);
CREATE POLICY tenant_delete ON public.app_user FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.approval FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.audit FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.audit_head FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.blob FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.case_grant FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.film FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.fit_review FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.guest FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.job FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.patient_case FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.plan FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.plan_op FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.plan_snapshot FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.result_file FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.session FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.session_former FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_delete ON public.ticket FOR DELETE USING ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.app_user FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.approval FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.audit FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.audit_head FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.blob FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.case_grant FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.film FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.fit_review FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.guest FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.job FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.patient_case FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.plan FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.plan_op FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.plan_snapshot FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.result_file FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.session FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.session_former FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_insert ON public.ticket FOR INSERT WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.app_user FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.approval FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.audit FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.audit_head FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.blob FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.case_grant FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.film FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.fit_review FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.guest FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.institution FOR SELECT USING ((id = public.tenant()));
CREATE POLICY tenant_read ON public.job FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.patient_case FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.plan FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.plan_op FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.plan_snapshot FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.result_file FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.session FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.session_former FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_read ON public.ticket FOR SELECT USING ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.app_user FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.approval FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.audit FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.audit_head FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.blob FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.case_grant FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.film FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.fit_review FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.guest FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.job FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.patient_case FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.plan FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.plan_op FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.plan_snapshot FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.result_file FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.session FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.session_former FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
CREATE POLICY tenant_update ON public.ticket FOR UPDATE USING ((institution_id = public.tenant())) WITH CHECK ((institution_id = public.tenant()));
ALTER TABLE public.ticket ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON FUNCTION public.audit_append(action text, object text, object_id bigint, about bigint, detail jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_append(action text, object text, object_id bigint, about bigint, detail jsonb) TO osteon_app;
GRANT SELECT ON TABLE public.audit TO osteon_app;
REVOKE ALL ON FUNCTION public.institution_of(person bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.institution_of(person bigint) TO osteon_app;
REVOKE ALL ON PROCEDURE public.protect(IN tab regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.was_granted(which bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.was_granted(which bigint) TO osteon_app;
GRANT SELECT ON TABLE public.app_user TO osteon_app;
GRANT INSERT(institution_id) ON TABLE public.app_user TO osteon_app;
GRANT INSERT(name) ON TABLE public.app_user TO osteon_app;
GRANT INSERT(role) ON TABLE public.app_user TO osteon_app;
GRANT UPDATE(password) ON TABLE public.app_user TO osteon_app;
GRANT UPDATE(password_at) ON TABLE public.app_user TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.approval TO osteon_app;
GRANT SELECT ON TABLE public.audit_head TO osteon_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.blob TO osteon_app;
GRANT UPDATE(created_at) ON TABLE public.blob TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.case_grant TO osteon_app;
GRANT UPDATE(revoked_at) ON TABLE public.case_grant TO osteon_app;
GRANT UPDATE(given_back) ON TABLE public.case_grant TO osteon_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.film TO osteon_app;
GRANT UPDATE(projection) ON TABLE public.film TO osteon_app;
GRANT UPDATE(arm) ON TABLE public.film TO osteon_app;
GRANT UPDATE(camera) ON TABLE public.film TO osteon_app;
GRANT UPDATE(frame) ON TABLE public.film TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.fit_review TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.guest TO osteon_app;
GRANT UPDATE(revoked_at) ON TABLE public.guest TO osteon_app;
GRANT SELECT ON TABLE public.institution TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.job TO osteon_app;
GRANT UPDATE(output) ON TABLE public.job TO osteon_app;
GRANT UPDATE(output_digest) ON TABLE public.job TO osteon_app;
GRANT UPDATE(state) ON TABLE public.job TO osteon_app;
GRANT UPDATE(attempt) ON TABLE public.job TO osteon_app;
GRANT UPDATE(run_after) ON TABLE public.job TO osteon_app;
GRANT UPDATE(worker) ON TABLE public.job TO osteon_app;
GRANT UPDATE(lease_until) ON TABLE public.job TO osteon_app;
GRANT UPDATE(progress) ON TABLE public.job TO osteon_app;
GRANT UPDATE(stage) ON TABLE public.job TO osteon_app;
GRANT UPDATE(cancel_requested) ON TABLE public.job TO osteon_app;
GRANT UPDATE(error_code) ON TABLE public.job TO osteon_app;
GRANT UPDATE(error_text) ON TABLE public.job TO osteon_app;
GRANT UPDATE(started_at) ON TABLE public.job TO osteon_app;
GRANT UPDATE(finished_at) ON TABLE public.job TO osteon_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.login_throttle TO osteon_app;
GRANT SELECT ON TABLE public.migration TO osteon_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_case TO osteon_app;
GRANT UPDATE(side) ON TABLE public.patient_case TO osteon_app;
GRANT UPDATE(state) ON TABLE public.patient_case TO osteon_app;
GRANT UPDATE(simulated) ON TABLE public.patient_case TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.plan TO osteon_app;
GRANT UPDATE(seq) ON TABLE public.plan TO osteon_app;
GRANT UPDATE(hash) ON TABLE public.plan TO osteon_app;
GRANT UPDATE(state_hash) ON TABLE public.plan TO osteon_app;
GRANT UPDATE(epoch) ON TABLE public.plan TO osteon_app;
GRANT UPDATE(lease_owner) ON TABLE public.plan TO osteon_app;
GRANT UPDATE(lease_until) ON TABLE public.plan TO osteon_app;
GRANT UPDATE(bytes) ON TABLE public.plan TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.plan_op TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.plan_snapshot TO osteon_app;
GRANT SELECT,INSERT ON TABLE public.result_file TO osteon_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO osteon_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.session_former TO osteon_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.ticket TO osteon_app;
