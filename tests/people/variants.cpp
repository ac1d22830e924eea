#include "tests/people/variants.hpp"

#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fanlight::people {

namespace {

/// Formal name first. A short form that several names have goes back to any of them.
constexpr std::array womens_nicknames = {
    "Katherine Kate Katie Kathy Kath Kat",
    "Catherine Cath Cathy Kate Cat",
    "Elizabeth Liz Lizzie Beth Betty Libby Eliza Lisa",
    "Margaret Maggie Peggy Meg Madge Marge",
    "Patricia Pat Trish Patsy Tricia",
    "Jennifer Jen Jenny Jennie",
    "Deborah Debbie Deb Debra",
    "Susan Sue Suzie Susie",
    "Samantha Sam Sammy",
    "Rebecca Becky Becca",
    "Victoria Vicky Vicki Tori",
    "Christine Chris Chrissie Tina",
    "Christina Chris Tina",
    "Jacqueline Jackie Jacqui",
    "Amanda Mandy",
    "Barbara Babs Barb",
    "Kathleen Kath Kathy Kay",
    "Jessica Jess Jessie",
    "Charlotte Lottie Charlie Char",
    "Isabella Bella Izzy Isabel",
    "Isabelle Izzy Belle",
    "Abigail Abi Abbie Gail",
    "Eleanor Ellie Nell Nora",
    "Alexandra Alex Lexi Sandra Sasha",
    "Stephanie Steph Stef",
    "Natasha Tasha Nat",
    "Natalie Nat",
    "Theresa Terry Tess Tessa",
    "Josephine Jo Josie",
    "Joanne Jo",
    "Joanna Jo",
    "Gillian Gill Jill",
    "Pamela Pam",
    "Sandra Sandie",
    "Penelope Penny",
    "Philippa Pip Pippa",
    "Judith Judy Jude",
    "Dorothy Dot Dolly",
    "Frances Fran Frankie",
    "Nicola Nicky Nikki",
    "Michelle Shell Shelley",
    "Angela Angie Ange",
    "Valerie Val",
    "Beverley Bev",
    "Hannah Han",
    "Georgia George Georgie",
    "Matilda Tilly",
    "Bethany Beth",
    "Emily Em Emmy Millie",
    "Amelia Millie Mia",
    "Olivia Liv Livvy",
    "Caroline Carrie Caz",
    "Rachel Rach",
    "Melissa Mel Lissa",
    "Melanie Mel",
    "Madeleine Maddie",
    "Imogen Immy",
    "Lucy Lu",
    "Bridget Bridie Biddy",
    "Bernadette Bernie",
    "Katarzyna Kasia Kate",
    "Małgorzata Gosia",
    "Agnieszka Aga",
    "Aleksandra Ola",
    "Joanna Asia",
    "Anastasiia Nastia",
    "Temitope Tope",
    "Gurpreet Preet",
};
constexpr std::array mens_nicknames = {
    "Robert Bob Rob Bobby Robbie Bert",
    "William Bill Will Billy Liam Willy",
    "Michael Mike Mick Mickey",
    "David Dave Davey Dai",
    "James Jim Jimmy Jamie",
    "John Jack Johnny Jon",
    "Jonathan Jon Jonny John",
    "Richard Rick Dick Rich Ricky",
    "Thomas Tom Tommy",
    "Christopher Chris Kit Topher",
    "Anthony Tony Ant",
    "Antony Tony Ant",
    "Stephen Steve",
    "Steven Steve",
    "Andrew Andy Drew",
    "Peter Pete",
    "Matthew Matt Matty",
    "Daniel Dan Danny",
    "Joseph Joe Joey",
    "Samuel Sam Sammy",
    "Benjamin Ben Benji",
    "Nicholas Nick Nicky",
    "Timothy Tim",
    "Philip Phil Pip",
    "Gregory Greg",
    "Geoffrey Geoff",
    "Kenneth Ken Kenny",
    "Ronald Ron Ronnie",
    "Donald Don Donnie",
    "Raymond Ray",
    "Leonard Len Lenny",
    "Frederick Fred Freddie",
    "Edward Ed Eddie Ted Ned",
    "Charles Charlie Chas Chuck",
    "Henry Harry Hal",
    "Harold Harry",
    "Albert Bert Albie Al",
    "Alfred Alf Alfie",
    "Arthur Art",
    "Walter Walt Wally",
    "Francis Frank Frankie",
    "Lawrence Larry Laurie",
    "Vincent Vince Vinny",
    "Terence Terry",
    "Douglas Doug",
    "Gordon Gordie",
    "Stuart Stu",
    "Gareth Gaz Gary",
    "Gary Gaz",
    "Darren Daz",
    "Joshua Josh",
    "Alexander Alex Al Sandy Sasha",
    "Zachary Zac Zach",
    "Nathaniel Nate Nat",
    "Nathan Nate",
    "Jacob Jake",
    "Oliver Ollie",
    "Harvey Harv",
    "Cameron Cam",
    "Dominic Dom",
    "Sebastian Seb",
    "Patrick Paddy Pat Rick",
    "Maximilian Max",
    "Leslie Les",
    "Malcolm Mal",
    "Bradley Brad",
    "Mohammed Mo",
    "Muhammad Mo",
    "Mohamed Mo",
    "Abdullah Abdul",
    "Krzysztof Chris Krzys",
    "Tomasz Tomek Tom",
    "Piotr Peter Piotrek",
    "Jakub Kuba",
    "Oleksandr Sasha Alex",
    "Francisco Paco Chico",
    "José Pepe Zé",
    "Oluwaseun Seun",
    "Babatunde Tunde",
    "Chukwuemeka Emeka",
    "Gurpreet Preet",
    "Harjit Harry",
};

/// The same name, spelt otherwise.
constexpr std::array spelling_groups = {
    "Mohammed Muhammad Mohamed Mohammad Muhammed Mohamad Muhamed",
    "Ahmed Ahmad Ahmet Achmed",
    "Hussain Hussein Husain Hossain Hossein",
    "Hassan Hasan Hassen",
    "Ali Aly",
    "Omar Umar Omer",
    "Usman Uthman Osman Othman",
    "Yusuf Yousef Yousuf Youssef Yousaf Yusef",
    "Ibrahim Ebrahim Ibraheem",
    "Ismail Ismael Esmail",
    "Mustafa Mustapha Moustafa",
    "Mahmoud Mahmood Mehmood Mahmud",
    "Khaled Khalid",
    "Tariq Tarek Tarik",
    "Abdul Abdel Abdal",
    "Abdullah Abdulla Abdallah",
    "Rahman Rehman Rahmaan",
    "Karim Kareem",
    "Rashid Rasheed Raschid",
    "Said Saeed Sayed",
    "Jamal Gamal",
    "Kamal Kemal",
    "Bilal Billal Belal",
    "Zain Zayn Zane",
    "Haris Harris Haaris",
    "Musa Moosa Mousa",
    "Adam Aadam",
    "Iqbal Ikbal",
    "Saleem Salim Selim",
    "Hamza Hamzah",
    "Zainab Zaynab Zeinab Zeynep",
    "Fatima Fatimah Fatema Fatma",
    "Aisha Ayesha Aysha Aicha Ayşe Aishah",
    "Khadija Khadijah Khadeeja Hatice",
    "Maryam Mariam Mariyam Meryem",
    "Layla Leila Laila Leyla",
    "Yasmin Yasmeen Jasmin",
    "Noor Nur Nour",
    "Sara Sarah",
    "Amina Aminah Ameena",
    "Zahra Zara Zahrah",
    "Halima Haleema Halimah",
    "Hafsa Hafsah",
    "Feriha Fariha",
    "Nadia Nadiya",
    "Razia Raziya",
    "Sumaira Sumera",
    "Choudhury Chowdhury Chaudhry Chaudhary Choudhry",
    "Miah Mia Miya",
    "Sheikh Shaikh Sheik",
    "Begum Begam Begom",
    "Bibi Bi",
    "Khatun Khatoon",
    "Siddiqui Siddique Siddiqi",
    "Qureshi Kureshi Quraishi",
    "Uddin Udin Uddeen",
    "Malik Malek",
    "Mirza Meerza",
    "Haque Hoque Haq",
    "Patel Pattel",
    "Singh Sing",
    "Rai Roy",
    "Mukherjee Mukerji",
    "Serhii Sergei Sergiy Serhiy",
    "Oleksandr Alexander Aleksandr Olexandr",
    "Dmytro Dmitri Dmitry",
    "Volodymyr Vladimir Wolodymyr",
    "Andrii Andriy Andrei Andrew",
    "Mykola Nikolai Mikola",
    "Yurii Yuriy Yuri",
    "Yuliia Yulia Julia Yuliya",
    "Nataliia Natalia Nataliya",
    "Natalia Natalya Nathalia",
    "Olena Elena Helena",
    "Oksana Oxana",
    "Kateryna Ekaterina Katerina",
    "Mariia Maria Mariya",
    "Tetiana Tatiana Tetyana",
    "Iryna Irina",
    "Anastasiia Anastasia",
    "Shevchenko Schevchenko Szewczenko",
    "Boiko Boyko",
    "Oliinyk Oliynyk Olejnik",
    "Łukasz Lucas",
    "Michał Michael",
    "Paweł Paul",
    "Jakub Jacob",
    "Katarzyna Catherine",
    "Wiktoria Victoria",
    "Nikola Nicola",
    "Zofia Sofia Sophia",
    "Kowalski Kowalska Kovalski",
    "Kowalska Kowalski",
    "Lewandowski Lewandowska",
    "Lewandowska Lewandowski",
    "Wiśniewska Wiśniewski",
    "Kamińska Kamiński",
    "Zielińska Zieliński",
    "Szymańska Szymański",
    "Dąbrowska Dąbrowski",
    "Kozłowska Kozłowski",
    "Jankowska Jankowski",
    "Grabowska Grabowski",
    "Piotrowska Piotrowski",
    "Nowak Novak",
    "Sinead Sinéad Shinade",
    "Siobhán Siobhan Shivaun Shevaun",
    "Niamh Neve Neave",
    "Aoife Eefa",
    "Caoimhe Keeva Kweeva",
    "Ciara Keira Kiera Kiara",
    "Roisin Róisín Rosheen",
    "Seán Sean Shaun Shawn",
    "Sean Shaun Shawn Seán",
    "Ciaran Kieran Kieron",
    "Eoin Owen Owain Eoghan",
    "Conor Connor",
    "Rory Ruairi Ruaridh",
    "Callum Calum",
    "Euan Ewan Ewen",
    "Rhys Reece Rees",
    "Dafydd David",
    "Sian Siân Shan",
    "Stephen Steven Stephan Stefan",
    "Mark Marc",
    "Carl Karl",
    "Geoffrey Jeffrey",
    "Jon John",
    "Alan Allan Allen",
    "Neil Neal Niall",
    "Brian Bryan",
    "Graham Graeme",
    "Lee Leigh",
    "Terence Terrence",
    "Anthony Antony",
    "Nicholas Nicolas",
    "Matthew Mathew",
    "Philip Phillip",
    "Aidan Aiden",
    "Jayden Jaden Jaydon",
    "Zac Zach Zack Zak",
    "Catherine Katherine Kathryn Catharine",
    "Ann Anne",
    "Sarah Sara",
    "Clare Claire Clair",
    "Teresa Theresa",
    "Lynn Lynne Lyn",
    "Jane Jayne",
    "Tracy Tracey Tracie",
    "Debra Deborah",
    "Diane Dianne Dian",
    "Gillian Jillian",
    "Lesley Leslie",
    "Alison Allison",
    "Rachel Rachael",
    "Rebecca Rebekah",
    "Hayley Haley Hailey",
    "Chloe Chloë Khloe Cloe",
    "Zoe Zoë Zowie",
    "Sophie Sofie",
    "Emily Emilie Emely",
    "Isabelle Isabel Isobel",
    "Caitlin Kaitlin Katelyn",
    "Abbie Abby Abi",
    "Millie Milly",
    "Ellie Elly",
    "Lily Lilly",
    "Mia Mya",
    "Megan Meghan Meagan",
    "Kirsty Kirstie",
    "Stacey Stacy",
    "Kelly Kellie",
    "Vicky Vicki",
    "Jodie Jody",
    "Smith Smyth Smythe",
    "Brown Browne",
    "Clark Clarke",
    "Clarke Clark",
    "Davies Davis Davys",
    "Davis Davies",
    "Thompson Thomson Tompson",
    "Thomson Thompson",
    "Johnson Johnston Jonson",
    "Stevens Stephens",
    "Phillips Philips",
    "Matthews Mathews",
    "Reid Reed Read",
    "Grey Gray",
    "Allen Allan",
    "Taylor Tayler",
    "Wright Right Write",
    "Harris Haris",
    "Lewis Louis",
    "Moore More Moor",
    "Green Greene",
    "Lee Leigh",
    "Kennedy Kenedy",
    "Stewart Stuart",
    "McDonald MacDonald Macdonald",
    "MacDonald McDonald",
    "McCarthy MacCarthy",
    "McLoughlin McLaughlin",
    "O'Brien OBrien O_Brien",
    "O'Connor OConnor O_Connor",
    "O'Sullivan OSullivan Sullivan",
    "O'Neill ONeill O'Neil",
    "O'Reilly OReilly Reilly",
    "O'Donnell ODonnell",
    "O'Doherty Doherty",
    "Nguyễn Nguyen",
    "Wong Wang Huang",
    "Cheung Zhang Chang",
    "Chan Chen",
    "Li Lee",
    "José Jose Josef",
    "João Joao John",
    "Luís Luis Louis",
    "Sousa Souza",
    "Fernandes Fernández",
    "Gomes Gómez",
    "Lopes López",
    "Martínez Martines",
    "Rodrigues Rodríguez",
    "de_Souza De_Souza DeSouza",
    "Abdi Abdy",
    "Fadumo Faduma Fatuma",
    "Farah Farax",
    "Mohamud Mahamud",
    "Adan Aden Adam",
    "Hodan Hoodan",
    "Adebayo Adebayor",
    "Chukwu Chuku",
    "Oluwaseun Oluwashehun",
};

/// What sounds alike is written alike by somebody.
struct Heard {
    std::string_view written;
    std::string_view as;
};
constexpr std::array heard = {
    Heard{"ph", "f"},  Heard{"ck", "k"},  Heard{"ie", "y"},  Heard{"y", "ie"},  Heard{"ee", "ea"},  Heard{"ea", "ee"},
    Heard{"ai", "ay"}, Heard{"ay", "ai"}, Heard{"ou", "ow"}, Heard{"gh", "g"},  Heard{"th", "t"},   Heard{"tt", "t"},
    Heard{"ll", "l"},  Heard{"nn", "n"},  Heard{"ss", "s"},  Heard{"rr", "r"},  Heard{"x", "ks"},   Heard{"z", "s"},
    Heard{"ei", "i"},  Heard{"oo", "u"},  Heard{"qu", "kw"}, Heard{"wh", "w"},  Heard{"sch", "sh"}, Heard{"cz", "ch"},
    Heard{"sz", "sh"}, Heard{"ow", "o"},  Heard{"er", "ar"}, Heard{"or", "er"}, Heard{"o", "ow"},   Heard{"k", "c"},
    Heard{"c", "k"},   Heard{"i", "e"},   Heard{"e", "i"},   Heard{"l", "ll"},  Heard{"s", "ss"},   Heard{"aa", "a"},
    Heard{"u", "oo"},  Heard{"v", "w"},   Heard{"a", "e"},
};

class Groups {
  public:
    explicit Groups(std::span<char const* const> all) {
        for (std::size_t group = 0; group < all.size(); ++group) {
            groups_.emplace_back();
            for (std::string_view left = all[group]; !left.empty();) {
                auto const end = std::min(left.find(' '), left.size());
                std::string word(left.substr(0, end));
                for (auto& letter : word)
                    if (letter == '_') letter = ' ';
                with_[word].push_back(group);
                groups_[group].push_back(std::move(word));
                left.remove_prefix(std::min(end + 1, left.size()));
            }
        }
    }
    std::vector<std::string> const* find(std::string const& word, Random& random) const {
        auto const found = with_.find(word);
        if (found == with_.end()) return nullptr;
        return &groups_[random.one_of(std::span<std::size_t const>(found->second))];
    }

  private:
    std::vector<std::vector<std::string>> groups_;
    std::unordered_map<std::string, std::vector<std::size_t>> with_;
};

struct Plain {
    std::string_view with;
    char without;
};
constexpr std::array accents = {
    Plain{"á", 'a'}, Plain{"à", 'a'}, Plain{"ã", 'a'}, Plain{"â", 'a'}, Plain{"ä", 'a'}, Plain{"ă", 'a'},
    Plain{"ą", 'a'}, Plain{"ả", 'a'}, Plain{"ạ", 'a'}, Plain{"ấ", 'a'}, Plain{"ầ", 'a'}, Plain{"ặ", 'a'},
    Plain{"Á", 'A'}, Plain{"ç", 'c'}, Plain{"ć", 'c'}, Plain{"Ç", 'C'}, Plain{"Đ", 'D'}, Plain{"đ", 'd'},
    Plain{"é", 'e'}, Plain{"è", 'e'}, Plain{"ê", 'e'}, Plain{"ë", 'e'}, Plain{"ę", 'e'}, Plain{"ễ", 'e'},
    Plain{"É", 'E'}, Plain{"Ê", 'E'}, Plain{"ğ", 'g'}, Plain{"í", 'i'}, Plain{"ı", 'i'}, Plain{"İ", 'I'},
    Plain{"ł", 'l'}, Plain{"Ł", 'L'}, Plain{"ń", 'n'}, Plain{"ñ", 'n'}, Plain{"ó", 'o'}, Plain{"ô", 'o'},
    Plain{"õ", 'o'}, Plain{"ö", 'o'}, Plain{"ỗ", 'o'}, Plain{"ồ", 'o'}, Plain{"ơ", 'o'}, Plain{"Ö", 'O'},
    Plain{"ś", 's'}, Plain{"ş", 's'}, Plain{"Ș", 'S'}, Plain{"ș", 's'}, Plain{"Ş", 'S'}, Plain{"ț", 't'},
    Plain{"ú", 'u'}, Plain{"ü", 'u'}, Plain{"ù", 'u'}, Plain{"ũ", 'u'}, Plain{"ư", 'u'}, Plain{"Ü", 'U'},
    Plain{"ỳ", 'y'}, Plain{"ý", 'y'}, Plain{"ź", 'z'}, Plain{"ż", 'z'}, Plain{"Ż", 'Z'}, Plain{"Ś", 'S'},
    Plain{"ỹ", 'y'}, Plain{"Ó", 'O'}, Plain{"ứ", 'u'}};

} // namespace

std::string nickname(std::string const& forename, protocol::Sex sex, Random& random) {
    static Groups const women(womens_nicknames);
    static Groups const men(mens_nicknames);
    auto const* group = (sex == protocol::Sex::female ? women : men).find(forename, random);
    if (group == nullptr) return forename;
    if (forename != group->front()) return group->front();
    return (*group)[1 + random.below(static_cast<std::uint32_t>(group->size() - 1))];
}

std::string spelling_variant(std::string const& name, Random& random) {
    static Groups const groups(spelling_groups);
    auto const* group = groups.find(name, random);
    if (group == nullptr) return name;
    auto const& other = random.one_of(std::span<std::string const>(*group));
    return other != name ? other : group->front() != name ? group->front() : group->back();
}

std::string written_by_ear(std::string const& name, Random& random) {
    // From a random rule on, the first that fits behind the first letter.
    auto const start = random.below(static_cast<std::uint32_t>(heard.size()));
    for (std::size_t i = 0; i < heard.size(); ++i) {
        auto const& rule = heard[(start + i) % heard.size()];
        auto const at = name.find(rule.written, 1);
        if (at != std::string::npos)
            return name.substr(0, at) + std::string(rule.as) + name.substr(at + rule.written.size());
    }
    return name;
}

std::string without_accents(std::string const& name) {
    std::string plain;
    for (std::size_t at = 0; at < name.size();) {
        if (static_cast<unsigned char>(name[at]) < 0x80) {
            plain += name[at++];
            continue;
        }
        bool known = false;
        for (auto const& accent : accents) {
            if (name.compare(at, accent.with.size(), accent.with) != 0) continue;
            plain += accent.without;
            at += accent.with.size();
            known = true;
            break;
        }
        if (!known) plain += name[at++];
    }
    return plain;
}

} // namespace fanlight::people
