// The family form: TOML into types, then the rules of entry. A problem names line and field, never what was written:
// the text of toml++'s own errors is dropped, because it quotes its input.
#include "node/import/family_file.hpp"

#include "base/limits.hpp"
#include "node/import/fields.hpp"
#include "policy/text.hpp"
#include "protocol/identity/standardise.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>

namespace fanlight::node {

namespace {

constexpr std::size_t former_postcodes_max = 4;
constexpr std::size_t label_bytes_max = 40;
constexpr std::size_t text_bytes_max = 400;
constexpr std::size_t other_names_max = 16;
constexpr std::int64_t dash_max = 24;

enum class Need { optional, required };

/// A table of the form. `title` is "" for the form itself, or "person 2", or "not_asked".
struct Section {
    toml::table const& table;
    std::string title;
    std::size_t line; ///< 0 for the form itself
};

template <class Value> struct Choice {
    char const* text;
    Value value;
};
constexpr std::initializer_list<Choice<protocol::Consent>> consents = {
    {"not_asked", protocol::Consent::not_asked},
    {"given", protocol::Consent::given},
    {"refused", protocol::Consent::refused},
    {"not_safe_to_ask", protocol::Consent::not_safe_to_ask}};
constexpr std::initializer_list<Choice<protocol::Told>> told_states = {
    {"no", protocol::Told::no}, {"yes", protocol::Told::yes}, {"not_safe", protocol::Told::not_safe}};

class Form {
  public:
    explicit Form(policy::Agreement const& agreement) : agreement_(agreement) {}
    ParsedFamily read(std::string_view text) &&;

  private:
    void problem(std::size_t line, std::string const& title, std::string const& field, std::string text);
    void problem(Section const& section, char const* field, std::string text);

    bool fits(std::string_view text);
    void keys_are_known(Section const& section, std::initializer_list<std::string_view> known);
    std::string checked(std::size_t line, Section const& section, char const* field, std::string_view value,
                        std::size_t bytes_max);
    std::string text(Section const& section, char const* field, Need need, std::size_t bytes_max = text_bytes_max);
    bool flag(Section const& section, char const* field, Need need);
    template <class Value>
    Value choice(Section const& section, char const* field, std::initializer_list<Choice<Value>> choices);

    policy::Source source(Section const& form);
    void read_form(Section const& form);
    void read_dash(Section const& form);
    void read_not_asked(Section const& form);
    void read_people(Section const& form);
    void read_person(Section const& section);
    std::set<protocol::PersonRole> roles(Section const& section);
    void read_sex(Section const& section, protocol::Identity& identity);
    void read_addresses(Section const& section, protocol::Identity& identity);
    void read_other_names(Section const& section, protocol::Identity& identity);
    std::optional<Day> date_of_birth(Section const& section);
    std::string nhs_number(Section const& section);
    void labels_are_unique();
    void person_causing_harm_is_considered(Section const& form);

    policy::Agreement const& agreement_;
    protocol::Family family_;
    std::vector<FormProblem> problems_;
};

void Form::problem(std::size_t line, std::string const& title, std::string const& field, std::string text) {
    std::string place = line == 0 ? "" : "line " + std::to_string(line);
    if (!title.empty()) place += (place.empty() ? "" : ", ") + title;
    if (!field.empty()) place += (place.empty() ? "" : ": ") + field;
    problems_.push_back({std::move(place), std::move(text)});
}

/// At the field's own line if it is there, else at its section's.
void Form::problem(Section const& section, char const* field, std::string text) {
    auto const* node = section.table.get(field);
    problem(node == nullptr ? section.line : node->source().begin.line, section.title, field, std::move(text));
}

/// toml++ takes time and stack that grow with its input, so size and nesting are looked at before it.
bool Form::fits(std::string_view text) {
    if (text.size() > limits::family_file_bytes_max) {
        problem(0, "", "", "The form is larger than 64 KiB. A family has 16 people at most.");
        return false;
    }
    std::size_t line = 1;
    std::size_t line_bytes = 0;
    for (char const c : text) {
        line_bytes = c == '\n' ? 0 : line_bytes + 1;
        if (line_bytes > limits::toml_line_bytes_max) {
            problem(line, "", "", "This line is longer than 4,096 bytes. Shorten it.");
            return false;
        }
        if (c == '\n') ++line;
    }
    auto const unfit = policy::unfit_document(text);
    if (unfit)
        problem(unfit->line, "", "", std::string("This line ") + unfit->text + ". Retype it, with spaces, no tabs.");
    return !unfit;
}

ParsedFamily Form::read(std::string_view text) && {
    auto const written =
        plain_lines(text.substr(0, limits::family_file_bytes_max + 1)); // one more shows that it is over
    if (fits(written)) {
        try {
            toml::table const table = toml::parse(std::string_view(written));
            read_form({table, "", 0});
        } catch (toml::parse_error const& error) {
            problem(error.source().begin.line, "", "",
                    "This is not TOML. Look for a missing quotation mark, bracket or equals sign, or a key that stands "
                    "twice.");
        } catch (std::exception const&) {
            problem(0, "", "", "The form cannot be read. Begin again from the example in docs/operations.md.");
        }
    }
    ParsedFamily parsed;
    if (problems_.empty()) parsed.family = std::move(family_);
    parsed.problems = std::move(problems_);
    return parsed;
}

void Form::keys_are_known(Section const& section, std::initializer_list<std::string_view> known) {
    for (auto const& [key, node] : section.table) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        std::string list;
        for (auto const word : known) list += (list.empty() ? "" : ", ") + std::string(word);
        problem(key.source().begin.line, section.title, "", "There is no such key here. The keys are: " + list + ".");
    }
}

std::string Form::checked(std::size_t line, Section const& section, char const* field, std::string_view value,
                          std::size_t bytes_max) {
    if (auto const* wrong = policy::unfit_text(value); wrong != nullptr)
        problem(line, section.title, field, std::string("This ") + wrong + ". Retype it.");
    else if (value.size() > bytes_max)
        problem(line, section.title, field, "This is longer than " + std::to_string(bytes_max) + " bytes. Shorten it.");
    return std::string(trimmed(value));
}

std::string Form::text(Section const& section, char const* field, Need need, std::size_t bytes_max) {
    auto const* node = section.table.get(field);
    std::string value;
    if (node != nullptr) {
        auto const* string = node->as_string();
        if (string == nullptr) {
            problem(section, field, "This must be text in quotation marks.");
            return {};
        }
        value = checked(node->source().begin.line, section, field, string->get(), bytes_max);
    }
    if (value.empty() && need == Need::required) problem(section, field, "This is missing. Fill it in.");
    return value;
}

bool Form::flag(Section const& section, char const* field, Need need) {
    auto const* node = section.table.get(field);
    if (node == nullptr) {
        if (need == Need::required) problem(section, field, "This is missing. Write true or false.");
        return false;
    }
    auto const* boolean = node->as_boolean();
    if (boolean == nullptr) problem(section, field, "Write true or false, without quotation marks.");
    return boolean != nullptr && boolean->get();
}

template <class Value>
Value Form::choice(Section const& section, char const* field, std::initializer_list<Choice<Value>> choices) {
    auto const value = text(section, field, Need::optional);
    std::string list;
    for (auto const& entry : choices) {
        if (value == entry.text) return entry.value;
        list += (list.empty() ? "" : ", ") + std::string(entry.text);
    }
    problem(section, field, "Write one of: " + list + ".");
    return choices.begin()->value;
}

/// In the agreement's own words, because it says who may refer.
policy::Source Form::source(Section const& form) {
    auto const source = policy::parse_source(text(form, "source", Need::optional));
    if (source) return source.value();
    constexpr auto last = static_cast<int>(policy::Source::public_member);
    std::string list;
    for (int i = static_cast<int>(policy::Source::police); i <= last; ++i)
        list += (list.empty() ? "" : ", ") + std::string(policy::name(static_cast<policy::Source>(i)));
    problem(form, "source", "Write one of: " + list + ".");
    return policy::Source::police;
}

void Form::read_form(Section const& form) {
    keys_are_known(form, {"reference", "purpose", "route", "user", "source", "consent", "told", "domestic_abuse",
                          "marac_threshold", "section_47", "dash", "dash_not_done", "no_person_causing_harm",
                          "single_person_reason", "not_asked", "person"});
    family_.reference = text(form, "reference", Need::required, label_bytes_max);
    family_.user = text(form, "user", Need::required, 80);
    family_.purpose = text(form, "purpose", Need::required);
    if (!family_.purpose.empty() && !agreement_.purpose(family_.purpose))
        problem(form, "purpose", "The agreement has no such purpose. Its purposes are in `fanlight agreement show`.");
    family_.route = text(form, "route", Need::required);
    if (!family_.route.empty() && !agreement_.route(family_.route))
        problem(form, "route", "The agreement has no such route. Its routes are in `fanlight agreement show`.");
    family_.source = source(form);
    family_.consent = choice(form, "consent", consents);
    family_.told = choice(form, "told", told_states);
    family_.domestic_abuse = flag(form, "domestic_abuse", Need::required);
    family_.marac_threshold = flag(form, "marac_threshold", Need::optional);
    family_.section_47 = flag(form, "section_47", Need::optional);
    read_dash(form);
    read_not_asked(form);
    read_people(form);
    person_causing_harm_is_considered(form);
}

/// Requirement H1: 0 to 24, or why it was not done; never both and never neither.
void Form::read_dash(Section const& form) {
    family_.dash_not_done = text(form, "dash_not_done", Need::optional);
    auto const* node = form.table.get("dash");
    if (node == nullptr) {
        if (family_.dash_not_done.empty())
            problem(form, "dash", "Give the Dash score, 0 to 24, or say in dash_not_done why there is none.");
        return;
    }
    auto const* score = node->as_integer();
    if (score == nullptr || score->get() < 0 || score->get() > dash_max)
        problem(form, "dash", "The Dash score is a whole number from 0 to 24, without quotation marks.");
    else
        family_.dash = static_cast<std::uint8_t>(score->get());
    if (!family_.dash_not_done.empty())
        problem(form, "dash_not_done", "There is a Dash score too. Take out one of the two.");
}

/// Requirement B9: leaving a party out needs a reason.
void Form::read_not_asked(Section const& form) {
    auto const* node = form.table.get("not_asked");
    if (node == nullptr) return;
    auto const* table = node->as_table();
    if (table == nullptr)
        return problem(form, "not_asked", "Write it as a section [not_asked], with party = \"reason\".");
    Section const section{*table, "not_asked", node->source().begin.line};
    for (auto const& [key, value] : *table) {
        auto const line = key.source().begin.line;
        auto party = PartyId::parse(key.str());
        if (!party || agreement_.find(party.value()) == nullptr) {
            problem(line, section.title, "",
                    "The agreement has no such party. Its parties are in `fanlight agreement show`.");
            continue;
        }
        auto const* reason = value.as_string();
        if (reason == nullptr || trimmed(reason->get()).empty()) {
            problem(line, section.title, party.value().text(), "Say why this party is left out, in quotation marks.");
            continue;
        }
        auto words = checked(line, section, party.value().text().c_str(), reason->get(), text_bytes_max);
        family_.not_asked.emplace(std::move(party).value(), std::move(words));
    }
}

void Form::read_people(Section const& form) {
    family_.single_person_reason = text(form, "single_person_reason", Need::optional);
    auto const* node = form.table.get("person");
    auto const* people = node == nullptr ? nullptr : node->as_array();
    if (people == nullptr || people->empty() || !people->is_homogeneous(toml::node_type::table))
        return problem(form, "person", "There is nobody to ask about. Begin each person with a line [[person]].");
    if (people->size() > limits::family_people_max)
        return problem(form, "person", "There are more than 16 people. Ask about the others in a second form.");
    for (auto const& person : *people)
        read_person(
            {*person.as_table(), "person " + std::to_string(family_.people.size() + 1), person.source().begin.line});
    labels_are_unique();
    // Requirement A1.
    if (people->size() == 1 && family_.single_person_reason.empty())
        problem(form, "single_person_reason",
                "Only one person is listed. Add the family, or say here why there is nobody else.");
    if (people->size() > 1 && !family_.single_person_reason.empty())
        problem(form, "single_person_reason", "More than one person is listed. Take this out.");
}

void Form::read_person(Section const& section) {
    keys_are_known(section,
                   {"label", "roles", "relation", "forename", "surname", "other_names", "date_of_birth", "nhs_number",
                    "middle_names", "sex", "upn", "premises", "street", "postcode", "uprn", "former_postcodes"});
    protocol::FamilyMember member;
    member.label = text(section, "label", Need::required, label_bytes_max);
    member.roles = roles(section);
    member.relation = text(section, "relation", Need::optional);
    auto& identity = member.identity;
    identity.names.push_back({text(section, "forename", Need::optional), text(section, "surname", Need::optional)});
    read_other_names(section, identity);
    identity.date_of_birth = date_of_birth(section);
    identity.nhs_number = nhs_number(section);
    identity.names.front().middle_names = text(section, "middle_names", Need::optional);
    read_sex(section, identity);
    read_addresses(section, identity);
    identity.upn = text(section, "upn", Need::optional);
    if (!identity.upn.empty() && protocol::standard_upn(identity.upn).empty())
        problem(section, "upn",
                "This is not a Unique Pupil Number: a letter that checks twelve digits. Correct it or "
                "leave it out.");

    auto const& current = identity.names.front();
    bool const unborn = member.roles.contains(protocol::PersonRole::unborn); // is found through the mother
    if (!unborn && current.forename.empty() && current.surname.empty() && section.table.get("nhs_number") == nullptr)
        problem(section, "forename", "Give a forename and surname, or an NHS number.");
    family_.people.push_back(std::move(member));
}

void Form::read_sex(Section const& section, protocol::Identity& identity) {
    auto const word = text(section, "sex", Need::optional);
    if (word == "female") identity.sex = protocol::Sex::female;
    if (word == "male") identity.sex = protocol::Sex::male;
    if (!word.empty() && identity.sex == protocol::Sex::unknown)
        problem(section, "sex", "Write \"female\" or \"male\", as agencies have it recorded, or leave it out.");
}

/// The present address, then former ones: of these the postcode is enough.
void Form::read_addresses(Section const& section, protocol::Identity& identity) {
    protocol::Address present;
    present.premises = text(section, "premises", Need::optional);
    present.street = text(section, "street", Need::optional);
    present.postcode = text(section, "postcode", Need::optional);
    present.uprn = text(section, "uprn", Need::optional);
    bool const known = !(present.premises + present.street + present.postcode + present.uprn).empty();
    if (known) identity.addresses.push_back(std::move(present));
    auto const* node = section.table.get("former_postcodes");
    if (node == nullptr) return;
    auto const* list = node->as_array();
    if (list == nullptr || list->size() > former_postcodes_max)
        return problem(section, "former_postcodes",
                       "Write a list of at most 4, such as [\"QX1 2AB\"], with quotation marks.");
    for (auto const& entry : *list) {
        auto const* postcode = entry.as_string();
        if (postcode == nullptr || protocol::standard_postcode(postcode->get()).empty()) {
            problem(entry.source().begin.line, section.title, "former_postcodes",
                    "This is not a postcode. Correct it or leave it out.");
            continue;
        }
        if (identity.addresses.empty()) identity.addresses.emplace_back(); // there is no present one
        identity.addresses.emplace_back().postcode = postcode->get();
    }
}

std::set<protocol::PersonRole> Form::roles(Section const& section) {
    std::set<protocol::PersonRole> found;
    auto const* node = section.table.get("roles");
    auto const* list = node == nullptr ? nullptr : node->as_array();
    if (list == nullptr || list->empty()) {
        problem(section, "roles", "Give at least one role, such as [\"child\"] or [\"causing_harm\", \"ex_partner\"].");
        return found;
    }
    for (auto const& entry : *list) {
        auto const* word = entry.as_string();
        auto const role = protocol::parse_person_role(word == nullptr ? std::string_view() : word->get());
        if (role)
            found.insert(role.value());
        else
            problem(entry.source().begin.line, section.title, "roles", role.error().mend);
    }
    return found;
}

void Form::read_other_names(Section const& section, protocol::Identity& identity) {
    auto const* node = section.table.get("other_names");
    if (node == nullptr) return;
    constexpr auto mend = "Write other names as [\"Forename Surname\"], at most 16.";
    auto const* list = node->as_array();
    if (list == nullptr || list->size() > other_names_max) return problem(section, "other_names", mend);
    for (auto const& entry : *list) {
        auto const line = entry.source().begin.line;
        auto const* string = entry.as_string();
        auto full = string == nullptr
                        ? std::nullopt
                        : parse_full_name(checked(line, section, "other_names", string->get(), text_bytes_max));
        if (full)
            identity.names.push_back(std::move(*full));
        else
            problem(line, section.title, "other_names", mend);
    }
}

/// As text, or as a date of TOML's own.
std::optional<Day> Form::date_of_birth(Section const& section) {
    auto const* node = section.table.get("date_of_birth");
    if (node == nullptr) return std::nullopt;
    std::optional<Day> day;
    bool known = true;
    if (auto const* string = node->as_string()) {
        auto const value = trimmed(string->get());
        known = !value.empty();
        if (auto const parsed = parse_day(value)) day = parsed.value();
    } else if (auto const* date = node->as_date()) {
        auto const& value = date->get();
        std::chrono::year_month_day const written{std::chrono::year(value.year), std::chrono::month(value.month),
                                                  std::chrono::day(value.day)};
        if (written.ok() && value.year >= 1800 && value.year <= 2200) day = Day(written);
    }
    if (!day && known)
        problem(section, "date_of_birth",
                "Write it as year-month-day, e.g. \"2019-03-31\"; leave it out if not known.");
    return day;
}

std::string Form::nhs_number(Section const& section) {
    auto const written = text(section, "nhs_number", Need::optional);
    if (written.empty()) return {};
    auto number = protocol::standard_nhs_number(written);
    if (!number.empty()) return number;
    problem(section, "nhs_number",
            "This is not an NHS number: ten digits, the last of which checks the others. Correct it or leave it out.");
    return {};
}

void Form::labels_are_unique() {
    auto const& people = family_.people;
    for (std::size_t i = 0; i < people.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (!people[i].label.empty() && people[i].label == people[j].label)
                problem(0, "person " + std::to_string(i + 1), "label",
                        "Person " + std::to_string(j + 1) + " has the same label. Give each their own.");
}

/// Requirement F5: where abuse is the concern, the person causing harm is in the query or the form says why not.
void Form::person_causing_harm_is_considered(Section const& form) {
    family_.no_person_causing_harm = text(form, "no_person_causing_harm", Need::optional);
    bool const listed = std::any_of(family_.people.begin(), family_.people.end(), [](auto const& person) {
        return person.roles.contains(protocol::PersonRole::causing_harm);
    });
    bool abuse = family_.domestic_abuse;
    for (auto const& purpose : agreement_.purposes)
        if (purpose.id == family_.purpose) abuse = abuse || purpose.domestic_abuse;
    if (abuse && !listed && family_.no_person_causing_harm.empty())
        problem(
            form, "no_person_causing_harm",
            "Nobody has the role causing_harm. Add that person, also when not in the household, or say here why not.");
    if (listed && !family_.no_person_causing_harm.empty())
        problem(form, "no_person_causing_harm", "Somebody has the role causing_harm. Take this out.");
}

} // namespace

ParsedFamily parse_family(std::string_view toml, policy::Agreement const& agreement) {
    return Form(agreement).read(toml);
}

} // namespace fanlight::node
