"""The first build's tables"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_actor"), ["actor"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_subject"), ["subject"], unique=False)

    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("address_enc", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("holder", sa.String(length=8), nullable=False),
        sa.Column("held_by", sa.String(length=64), nullable=True),
        sa.Column("dialogue_enc", sa.Text(), nullable=True),
        sa.Column("case_enc", sa.Text(), nullable=True),
        sa.Column("case_started_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("level", sa.String(length=4), nullable=True),
        sa.Column("red_flags", sa.JSON(), nullable=False),
        sa.Column("stale_mark", sa.String(length=32), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("closed_seq", sa.Integer(), nullable=False),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=32), nullable=True),
        sa.Column("lease_until", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_inbound_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("channel", "address_index", name=op.f("uq_conversation_channel")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_changed"), ["changed"], unique=False)
        batch_op.create_index("ix_conversation_holder", ["holder"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversation_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversation_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "discharge",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("encounter_key", sa.String(length=64), nullable=True),
        sa.Column("stay_key", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("encounter_enc", sa.Text(), nullable=True),
        sa.Column("name_enc", sa.Text(), nullable=True),
        sa.Column("name_key", sa.String(length=64), nullable=True),
        sa.Column("phone_enc", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("family_phone_enc", sa.Text(), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("doctor", sa.String(length=64), nullable=False),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("discharged_on", sa.Date(), nullable=False),
        sa.Column("diagnosis", sa.String(length=200), nullable=False),
        sa.Column("icd10", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=200), nullable=False),
        sa.Column("icd9", sa.String(length=32), nullable=False),
        sa.Column("imported_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discharge")),
        sa.UniqueConstraint("encounter_key", name=op.f("uq_discharge_encounter_key")),
        sa.UniqueConstraint("stay_key", name=op.f("uq_discharge_stay_key")),
    )
    with op.batch_alter_table("discharge", schema=None) as batch_op:
        batch_op.create_index("ix_discharge_discharged_on", ["discharged_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_discharge_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_discharge_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_discharge_phone_key"), ["phone_key"], unique=False)

    op.create_table(
        "patient",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name_enc", sa.Text(), nullable=False),
        sa.Column("name_index", sa.String(length=64), nullable=False),
        sa.Column("id_number_enc", sa.Text(), nullable=True),
        sa.Column("id_number_index", sa.String(length=64), nullable=True),
        sa.Column("phone_enc", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("id_number_index", name=op.f("uq_patient_id_number_index")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_name_index"), ["name_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_phone_index"), ["phone_index"], unique=False)

    op.create_table(
        "simulated_sms",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("phone_enc", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("text_enc", sa.Text(), nullable=False),
        sa.Column("sent_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulated_sms")),
        sa.UniqueConstraint("key", name=op.f("uq_simulated_sms_key")),
    )
    with op.batch_alter_table("simulated_sms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_simulated_sms_phone_index"), ["phone_index"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("department_code", sa.String(length=64), nullable=False),
        sa.Column("starts_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_slot_taken_within_capacity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("resource_id", "starts_at", name=op.f("uq_slot_resource_id")),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index("ix_slot_department_starts", ["department_code", "starts_at"], unique=False)

    op.create_table(
        "staff_account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_account")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_account_username")),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("booked_by", sa.String(length=32), nullable=False),
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("department_code", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("starts_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("request_key", sa.String(length=128), nullable=False),
        sa.Column("replaces_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booked_by"], ["patient.id"], name=op.f("fk_appointment_booked_by_patient")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["appointment.id"], name=op.f("fk_appointment_replaces_id_appointment")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_appointment_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("request_key", name=op.f("uq_appointment_request_key")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index("ix_appointment_patient_starts", ["patient_id", "starts_at"], unique=False)
        batch_op.create_index(
            "uq_appointment_standing_place",
            ["slot_id", "place"],
            unique=True,
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )
        batch_op.create_index(
            "uq_appointment_standing_slot",
            ["patient_id", "slot_id"],
            unique=True,
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )

    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("address_index", sa.String(length=64), nullable=True),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_address_index"), ["address_index"], unique=False)
        batch_op.create_index("ix_consent_patient_at", ["patient_id", "at"], unique=False)

    op.create_table(
        "contact_point",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_enc", sa.Text(), nullable=False),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("bound_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_contact_point_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("channel", "address_index", name=op.f("uq_contact_point_channel")),
    )
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_point_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "exam_appointment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("booked_by", sa.String(length=32), nullable=False),
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("exam_id", sa.String(length=64), nullable=False),
        sa.Column("starts_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("request_key", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["booked_by"], ["patient.id"], name=op.f("fk_exam_appointment_booked_by_patient")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_exam_appointment_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_exam_appointment_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_appointment")),
        sa.UniqueConstraint("request_key", name=op.f("uq_exam_appointment_request_key")),
    )
    with op.batch_alter_table("exam_appointment", schema=None) as batch_op:
        batch_op.create_index(
            "uq_exam_appointment_standing_exam",
            ["patient_id", "exam_id"],
            unique=True,
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )
        batch_op.create_index(
            "uq_exam_appointment_standing_place",
            ["slot_id", "place"],
            unique=True,
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )

    op.create_table(
        "followup_enrolment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("discharge_id", sa.String(length=32), nullable=False),
        sa.Column("pathway_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["discharge_id"], ["discharge.id"], name=op.f("fk_followup_enrolment_discharge_id_discharge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_enrolment")),
        sa.UniqueConstraint("discharge_id", name=op.f("uq_followup_enrolment_discharge_id")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("provider_id", sa.String(length=128), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("text_enc", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("guarded_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_inbound_message_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint(
            "conversation_id", "provider_id", name=op.f("uq_inbound_message_conversation_id")
        ),
    )
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_message_order", ["conversation_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_inbound_message_state"), ["state"], unique=False)
        batch_op.create_index("ix_inbound_message_unanswered", ["conversation_id", "state"], unique=False)

    op.create_table(
        "patient_relative",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["patient.id"], name=op.f("fk_patient_relative_owner_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_relative_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_relative")),
        sa.UniqueConstraint("owner_id", "patient_id", name=op.f("uq_patient_relative_owner_id")),
    )
    with op.batch_alter_table("patient_relative", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_relative_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_relative_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_account.id"], name=op.f("fk_staff_session_staff_id_staff_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_task",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("reason_enc", sa.Text(), nullable=False),
        sa.Column("detail_enc", sa.Text(), nullable=True),
        sa.Column("source_ref", sa.String(length=160), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("outcome_note_enc", sa.Text(), nullable=True),
        sa.Column("changed", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_staff_task_conversation_id_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_task")),
        sa.UniqueConstraint("source_ref", name=op.f("uq_staff_task_source_ref")),
    )
    with op.batch_alter_table("staff_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_task_changed"), ["changed"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_task_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_staff_task_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_task_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "followup_contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("enrolment_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("due_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("asking", sa.String(length=64), nullable=True),
        sa.Column("asked_back", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=True),
        sa.Column("task_id", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("opened_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("first_answer_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("active_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["followup_enrolment.id"],
            name=op.f("fk_followup_contact_enrolment_id_followup_enrolment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_contact")),
        sa.UniqueConstraint("enrolment_id", "day", name=op.f("uq_followup_contact_enrolment_id")),
    )
    with op.batch_alter_table("followup_contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_followup_contact_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_index("ix_followup_contact_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_contact_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_contact_task_id"), ["task_id"], unique=False)

    op.create_table(
        "outbound_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=True),
        sa.Column("body_enc", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("in_reply_to", sa.String(length=32), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("not_before", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lookup_since", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("changed", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_outbound_message_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["in_reply_to"],
            ["inbound_message.id"],
            name=op.f("fk_outbound_message_in_reply_to_inbound_message"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbound_message_key")),
    )
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbound_message_changed"), ["changed"], unique=False)
        batch_op.create_index("ix_outbound_message_due", ["state", "channel", "not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbound_message_in_reply_to"), ["in_reply_to"], unique=False)
        batch_op.create_index("ix_outbound_message_order", ["conversation_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbound_message_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "previsit_history",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.String(length=32), nullable=False),
        sa.Column("answers_enc", sa.Text(), nullable=False),
        sa.Column("summary_enc", sa.Text(), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_previsit_history_appointment_id_appointment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previsit_history")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_previsit_history_appointment_id")),
    )
    op.create_table(
        "followup_answer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("text_enc", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["followup_contact.id"],
            name=op.f("fk_followup_answer_contact_id_followup_contact"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_answer")),
        sa.UniqueConstraint("contact_id", "message_id", name=op.f("uq_followup_answer_contact_id")),
    )
    with op.batch_alter_table("followup_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_answer_contact_id"), ["contact_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("followup_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_followup_answer_contact_id"))

    op.drop_table("followup_answer")
    op.drop_table("previsit_history")
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbound_message_provider_id"))
        batch_op.drop_index("ix_outbound_message_order")
        batch_op.drop_index(batch_op.f("ix_outbound_message_in_reply_to"))
        batch_op.drop_index("ix_outbound_message_due")
        batch_op.drop_index(batch_op.f("ix_outbound_message_changed"))

    op.drop_table("outbound_message")
    with op.batch_alter_table("followup_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_followup_contact_task_id"))
        batch_op.drop_index(batch_op.f("ix_followup_contact_enrolment_id"))
        batch_op.drop_index("ix_followup_contact_due")
        batch_op.drop_index(batch_op.f("ix_followup_contact_conversation_id"))

    op.drop_table("followup_contact")
    with op.batch_alter_table("staff_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_task_patient_id"))
        batch_op.drop_index("ix_staff_task_due")
        batch_op.drop_index(batch_op.f("ix_staff_task_conversation_id"))
        batch_op.drop_index(batch_op.f("ix_staff_task_changed"))

    op.drop_table("staff_task")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))
        batch_op.drop_index(batch_op.f("ix_staff_session_expires_at"))

    op.drop_table("staff_session")
    with op.batch_alter_table("patient_relative", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_relative_patient_id"))
        batch_op.drop_index(batch_op.f("ix_patient_relative_owner_id"))

    op.drop_table("patient_relative")
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_message_unanswered")
        batch_op.drop_index(batch_op.f("ix_inbound_message_state"))
        batch_op.drop_index("ix_inbound_message_order")

    op.drop_table("inbound_message")
    op.drop_table("followup_enrolment")
    with op.batch_alter_table("exam_appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_exam_appointment_standing_place",
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )
        batch_op.drop_index(
            "uq_exam_appointment_standing_exam",
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )

    op.drop_table("exam_appointment")
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_point_patient_id"))

    op.drop_table("contact_point")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_patient_at")
        batch_op.drop_index(batch_op.f("ix_consent_address_index"))

    op.drop_table("consent")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_appointment_standing_slot",
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )
        batch_op.drop_index(
            "uq_appointment_standing_place",
            sqlite_where=sa.text("status = 'booked'"),
            postgresql_where=sa.text("status = 'booked'"),
        )
        batch_op.drop_index("ix_appointment_patient_starts")

    op.drop_table("appointment")
    op.drop_table("staff_account")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index("ix_slot_department_starts")

    op.drop_table("slot")
    with op.batch_alter_table("simulated_sms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_simulated_sms_phone_index"))

    op.drop_table("simulated_sms")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_phone_index"))
        batch_op.drop_index(batch_op.f("ix_patient_name_index"))

    op.drop_table("patient")
    with op.batch_alter_table("discharge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_discharge_phone_key"))
        batch_op.drop_index(batch_op.f("ix_discharge_patient_id"))
        batch_op.drop_index(batch_op.f("ix_discharge_name_key"))
        batch_op.drop_index("ix_discharge_discharged_on")

    op.drop_table("discharge")
    op.drop_table("demo_clock")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_updated_at"))
        batch_op.drop_index(batch_op.f("ix_conversation_patient_id"))
        batch_op.drop_index("ix_conversation_holder")
        batch_op.drop_index(batch_op.f("ix_conversation_changed"))

    op.drop_table("conversation")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))
        batch_op.drop_index(batch_op.f("ix_audit_event_actor"))

    op.drop_table("audit_event")
