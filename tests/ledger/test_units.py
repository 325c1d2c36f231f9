"""Cells that name units."""

import pytest

from ledger.units import is_person, is_phrase, looks_like_unit, read_units

CELLS = {
    # cell: lead, co-organisers, phrases
    "市发展改革委": ("市发展改革委", "", ""),
    "县水务局\n县住建局\n县护城河指挥部": ("县水务局", "县住建局 县护城河指挥部", ""),
    "县政府办 ,县发改局": ("县政府办", "县发改局", ""),
    "县教育局 县财政局": ("县教育局", "县财政局", ""),
    "林业局/水务局": ("林业局", "水务局", ""),
    "市 教 育 局": ("市教育局", "", ""),
    "市场监管局和卫健局": ("市场监管局", "卫健局", ""),
    "市住房和城乡建设局": ("市住房和城乡建设局", "", ""),
    "市人力资源和社会保障局，各区、县级市": ("市人力资源和社会保障局", "", "各区、县级市"),
    "办公室牵头,各科室配合": ("办公室", "", "各科室"),
    "市发改委（牵头）、市财政局": ("市发改委", "市财政局", ""),
    "市财政局、市发改委（牵头单位）": ("市发改委", "市财政局", ""),
    "住建局（主办）\n城管局（协办）": ("住建局", "城管局", ""),
    "牵头单位：县教育局；配合单位：县财政局、县人社局": ("县教育局", "县财政局 县人社局", ""),
    "牵头单位:县教育局\n责任单位:县财政局，各乡镇": ("县教育局", "县财政局", "各乡镇"),
    "主办：县教育局 协办：县财政局": ("县教育局", "县财政局", ""),
    "责任单位：县住建局": ("县住建局", "", ""),
    "市教育局、市财政局牵头，市人社局配合": ("市教育局", "市财政局 市人社局", ""),
    "市教育局牵头，市财政局、市人社局按职责分工负责": ("市教育局", "市财政局 市人社局", ""),
    "县委宣传部、县文旅局按职责分工负责": ("县委宣传部", "县文旅局", ""),
    "由县住建局负责，县自然资源局配合": ("县住建局", "县自然资源局", ""),
    "市教育局会同市财政局": ("市教育局", "市财政局", ""),
    "区民政局(区委社会工委)": ("区民政局(区委社会工委)", "", ""),
    "市府办〔市大数据局〕": ("市府办〔市大数据局〕", "", ""),
    "区划地名科 (基层政权建设和社区治理科)": (
        "区划地名科(基层政权建设和社区治理科)",
        "",
        "",
    ),
    "市教育局等": ("市教育局", "", ""),
    "市教育局、市财政局等部门": ("市教育局", "市财政局", ""),
    "县发改局等5个部门": ("县发改局", "", ""),
    "市发改委、市自然资源局等市直有关部门，各县区": ("市发改委", "市自然资源局", "各县区"),
    "市公安局等,各县、市、区政府。": ("市公安局", "", "各县、市、区政府"),
    "★县住建局、县财政局": ("县住建局", "县财政局", ""),
    "县财政局、县住建局★": ("县住建局", "县财政局", ""),
    "县住建局（张三）": ("县住建局", "", "张三"),
    "张三（县住建局）": ("县住建局", "", "张三"),
    "县教育局 张三": ("县教育局", "", "张三"),
    "李店镇、交通局……": ("李店镇", "交通局", ""),
    "县公安局交警大队": ("县公安局交警大队", "", ""),
    "国网临漳供电公司、移动公司": ("国网临漳供电公司", "移动公司", ""),
    "县水务局、县水务局": ("县水务局", "", ""),
    # no unit at all
    "各科室": ("", "", "各科室"),
    "县各有关单位": ("", "", "县各有关单位"),
    "市政府各部门": ("", "", "市政府各部门"),
    "属地乡镇": ("", "", "属地乡镇"),
    "各镇(街道)": ("", "", "各镇(街道)"),
    "五县五区政府": ("", "", "五县五区政府"),
    "各项目牵头单位，各区、县级市": ("", "", "各项目牵头单位 各区、县级市"),
    "全区经济运行各专班": ("", "", "全区经济运行各专班"),
    "详见附件": ("", "", "详见附件"),
    "王强": ("", "", "王强"),
    "无": ("", "", ""),
    "": ("", "", ""),
    # the first is no unit: nobody is promoted
    "各镇、街道、经济开发区": ("", "经济开发区", "各镇、街道"),
    "各县（市、区）人民政府，开发区管委会": ("", "开发区管委会", "各县（市、区）人民政府"),
}


@pytest.mark.parametrize(("cell", "expected"), CELLS.items())
def test_a_cell(cell, expected):
    lead, co_units, phrases = expected
    units = read_units(cell, lead_said=False)
    assert (units.lead, units.co_units, units.phrases) == (
        lead,
        tuple(co_units.split()),
        tuple(phrases.split()),
    )
    assert bool(units.problems) is not bool(lead)


def test_two_cells():
    units = read_units("市发展改革委", "市委组织部、市人社局，各区、县级市")
    assert units.co_units == ("市委组织部", "市人社局")
    assert units.phrases == ("各区、县级市",)
    assert "各区、县级市" in units.doubts[0]


@pytest.mark.parametrize("co_cell", ["", "/", "无", "—", "-"])
def test_no_helpers(co_cell):
    assert read_units("县住建局", co_cell).co_units == ()


def test_the_lead_is_no_helper_of_its_own():
    assert read_units("县住建局", "县住建局、县财政局").co_units == ("县财政局",)


def test_what_was_done_is_said():
    first = read_units("县水务局、县住建局", lead_said=False)
    assert "排第一" in first.taken_as[0]
    both = read_units("市教育局、市财政局牵头", lead_said=False)
    assert "几个牵头单位" in both.doubts[0]
    odd = read_units("某某", lead_said=True)
    assert "看不出是单位名称" in odd.doubts[0]


def test_the_first_place_matters_in_the_refusal():
    assert "排第一" in read_units("各镇、街道、县住建局").problems[0]


@pytest.mark.parametrize("name", ["张三", "王小明", "李 强"])
def test_persons(name):
    assert is_person(name)


@pytest.mark.parametrize("name", ["高新区", "马镇", "教育局", "团委", "欧阳明华"])
def test_no_persons(name):
    assert not is_person(name)


@pytest.mark.parametrize("name", ["各乡镇", "有关单位", "沿线各镇", "各成员单位", "12月底前完成"])
def test_phrases(name):
    assert is_phrase(name)
    assert not looks_like_unit(name)
