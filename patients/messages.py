"""What a person reads when the register says no."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Refusal

_TEXTS: Mapping[str, str] = {
    "name_missing": "还没看到您的姓名，请告诉我就诊人的真实姓名。",
    "name_length": "姓名需要是2到20个字，请再发一次就诊人的真实姓名。",
    "name_unclear": "没看清您的姓名，可以这样回复：我叫某某某。",
    "id_number_missing": "还没看到身份证号，请发送18位身份证号码。",
    "id_number_document": "线上目前只支持居民身份证；用护照、通行证等证件的，请到服务台或打总机办理。",
    "id_number_old": "这是15位的旧身份证号，请发送现在使用的18位身份证号码。",
    "id_number_length": "身份证号应该是18位，您发的是{length}位，请核对后再发一次。",
    "id_number_check_digit": "这个身份证号的校验位对不上，可能有一位输错了，请对照证件再发一次。",
    "id_number_birth_date": "这个身份证号里的出生日期不存在，请对照证件再发一次。",
    "id_number_future": "这个身份证号里的出生日期还没到，请对照证件再发一次。",
    "phone_missing": "还没看到手机号，请发送11位手机号码。",
    "phone_letters": "手机号里有字母，请发送11位数字的手机号码。",
    "phone_length": "手机号应该是11位，您发的是{length}位，请再发一次。",
    "phone_landline": "这是座机号码，提醒短信收不到，请发送11位手机号码。",
    "phone_unknown": "没有这个号段的手机号，请核对后再发一次。",
    "birth_date_missing": "请告诉我出生日期，例如：2020年3月5日。",
    "birth_date_impossible": "这个出生日期不存在，请再发一次，例如：2020年3月5日。",
    "birth_date_future": "这个出生日期还没到，请再核对一下。",
    "identity_mismatch": "姓名和身份证号对不上，请核对后再发一次；如果改过名字，请带身份证到服务台更新。",
    "code_needed": "这个身份证号已经登记过，请用发到登记手机上的验证码确认是您本人。",
    "code_wrong": "验证码不对，请再核对一下短信里的6位数字。",
    "code_expired": "这个验证码已经失效，请回复“重新发送”再收一条。",
    "code_too_soon": "验证码刚刚发过，请先看看短信；过一分钟还没收到，再回复“重新发送”。",
    "code_too_many": "今天发送的验证码太多了，为了您的账户安全，请明天再试，或带身份证到服务台办理。",
    "id_number_required": "满16岁的就诊人需要身份证号才能实名预约，请发送18位身份证号码。",
    "guardian_required": "没有身份证号的孩子需要由已实名的家长添加。",
    "sex_required": "请告诉我孩子是男孩还是女孩。",
    "relation_missing": "请告诉我就诊人和您的关系，例如：妈妈、孩子、爱人。",
    "relation_self": "这就是您本人，不用另外添加，可以直接预约。",
    "relation_sex": "身份证上的性别和您说的关系对不上，请核对身份证号。",
    "too_many_relatives": "一个账号最多绑定{limit}位家人，请先到服务台解除不用的绑定。",
    "unknown_patient": "没有找到这位就诊人的登记信息，请重新发送姓名、身份证号和手机号。",
    "consent_must_be_own": "恢复联系需要本人自己同意，别人不能代为恢复。",
}


def refusal_text(refusal: Refusal) -> str | None:
    """The sentence for a refusal of this room; None if the code belongs to another room."""
    template = _TEXTS.get(refusal.code)
    return template.format_map({"length": "?", "limit": "?"} | dict(refusal.detail)) if template else None
