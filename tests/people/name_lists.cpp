#include "tests/people/names.hpp"

namespace fanlight::people {

namespace {

constexpr NameLists english = {
    "David John Paul Michael Andrew Stephen Mark Peter Robert James Christopher Richard Ian Kevin Gary Anthony Alan "
    "Martin Simon Steven Philip Neil Graham Nicholas Jonathan Matthew Thomas Barry Colin Keith Darren Stuart Jason "
    "Lee Carl Craig Wayne Dean Nigel Adrian Derek Brian Trevor Roger Terence Geoffrey Raymond Kenneth George William "
    "Daniel Adam Timothy Benjamin Russell Shaun Jamie Gareth Karl Scott Ryan Edward Dennis Gordon Leslie Malcolm "
    "Clive Roy Norman Frank Ronald Albert Harold Stanley Leonard Eric Ernest Frederick Arthur Walter Douglas Donald "
    "Vincent Patrick Dominic Damian Julian Marcus Duncan Warren Glenn Robin Howard Maurice Clifford Bernard Sidney "
    "Victor Reginald Ralph Gerald Desmond Lawrence Francis Hugh Alexander Joseph Charles Henry Oliver Luke Samuel "
    "Nathan Toby Rupert Miles Giles Guy Barnaby Spencer Perry Antony Denis Laurence Alistair Aidan Leon Ashley "
    "Kieran Marc Brett Bradley Kyle Joel Aaron",
    "Susan Julie Karen Jacqueline Deborah Tracey Jane Helen Diane Sharon Tracy Angela Sarah Alison Caroline Amanda "
    "Sandra Linda Catherine Elizabeth Carol Joanne Wendy Janet Dawn Christine Nicola Michelle Lisa Claire Louise "
    "Samantha Rachel Emma Lesley Elaine Maria Lorraine Donna Denise Gillian Paula Anne Lynn Margaret Patricia Mary "
    "Kathleen Barbara Jean Maureen Sheila Pauline Ann Jennifer Judith Valerie Beverley Theresa Yvonne Heather Fiona "
    "Kerry Kelly Joanna Victoria Rebecca Clare Andrea Marie Teresa Melanie Anita Debra Jayne Hazel Gail Lynne "
    "Marilyn Rosemary Brenda Doreen Joan Joyce Dorothy Doris Edith Irene Hilda Vera Ethel Gladys Winifred Marjorie "
    "Sylvia Shirley Eileen Rita Josephine Frances Ruth Rosalind Stella Vivien Geraldine Annette Suzanne Zoe Natalie "
    "Leanne Stacey Gemma Kirsty Hayley Katherine Anna Lucy Hannah Charlotte Laura Jessica Amy Stephanie Natasha "
    "Tina Maxine Cheryl Tanya Sally Penelope Philippa Harriet Bridget Felicity Marion Audrey Beryl Phyllis Constance "
    "Cynthia Daphne Lillian Norma Olive Ruby Thelma Muriel",
    "Oliver Jack Harry Thomas James Joshua Daniel Charlie William George Alfie Samuel Jacob Joseph Benjamin Luke "
    "Matthew Callum Ethan Ryan Max Leo Liam Lewis Dylan Alexander Nathan Adam Harvey Archie Logan Oscar Freddie Noah "
    "Tyler Riley Jake Connor Mason Jayden Theo Isaac Lucas Edward Finley Louis Henry Arthur Sebastian Reuben "
    "Kai Cameron Aaron Jamie Michael Zachary Jude Stanley Toby Elliot Frankie Rory Reggie Bobby Albie Teddy Ronnie "
    "Tommy Jenson Kian Brandon Bradley Kieran Owen Rhys Christopher David Robert John Harrison Luca Kayden Ollie "
    "Zac Corey Jordan Declan Joe Sam Ben Alex Billy Danny Ellis Ewan Felix Gabriel Hugo Rowan Blake Caleb Carter "
    "Hunter Grayson Hudson Jaxon Ezra Elijah Joel Josh Leon Marcus Nicholas Otis Parker Patrick Ralph Roman Rupert "
    "Spencer Stephen Tobias Vincent Walter Wilfred Mark Paul Peter Anthony Bailey Brody Tristan Troy",
    "Chloe Emily Olivia Amelia Jessica Sophie Ella Lily Grace Mia Isabella Ruby Lucy Charlotte Ava Megan Evie Poppy "
    "Freya Holly Ellie Daisy Isla Abigail Scarlett Hannah Molly Lola Phoebe Summer Isabelle Millie Leah Bethany "
    "Georgia Eleanor Elizabeth Lauren Katie Erin Caitlin Rebecca Jasmine Eve Amy Rosie Florence Alice Imogen Maisie "
    "Sienna Skye Lacey Amber Zara Matilda Layla Libby Esme Willow Harriet Anna Emma Paige Courtney Ellen Abbie Zoe "
    "Tia Faith Nicole Maddison Gracie Lexi Brooke Bella Rose Ivy Elsie Harper Aria Darcey Heidi Martha Nancy Violet "
    "Penelope Beatrice Thea Robyn Bonnie Eliza Annabelle Lydia Victoria Francesca Sarah Rachel Samantha Laura "
    "Natasha Jade Kayleigh Shannon Danielle Melissa Hollie Keira Madeleine Niamh Naomi Orla Arabella Clara Connie "
    "Delilah Dolly Edith Ada Mabel Margot Mollie Olive Ottilie Pippa Robin Tilly Tabitha Stephanie Kimberley Jodie "
    "Kelsey Kiera Kyra Leila Mya Neve Rhiannon Saffron",
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts "
    "Green Hall Wood Jackson Clarke Clark Harris Lewis Cooper King Lee Martin Turner Ward Hill Moore Morris Baker "
    "Harrison Allen Parker Watson Bennett Young Cook Shaw Hughes Carter Richardson Bailey Collins Bell Mitchell "
    "Cox Marshall Simpson Webb Rogers Foster Ellis Barnes Knight Chapman Mason Palmer Hunt Holmes Mills Price "
    "Butler Fisher Powell Stevens Lloyd Adams Jenkins Pearson Matthews Barker Dixon Harvey Fletcher Gibson Howard "
    "Andrews Saunders Fox Carr Day Rose Cole West Booth Lane Chambers Hart Dawson Burton Lawrence Bradley Gregory "
    "Payne Woods Atkinson Spencer Newton Watts Holland Barrett Williamson Riley Hudson Slater Lowe Poole Burns "
    "Armstrong Gardner Parsons Hopkins Walters Coleman Reynolds Hayes Bates Goodwin Harding Hammond Steele Cross "
    "Bird Townsend Norris Savage Pickering Whitehead Schofield Crabtree Entwistle Kershaw Greenhalgh Duckworth "
    "Hargreaves Heywood Ramsbottom Ogden Butterworth Lomax Barlow Fielding Cheetham Mellor Bardsley Sutcliffe "
    "Pilkington Openshaw Nuttall Howarth Haworth Holt Hulme Leigh Seddon Tyldesley Unsworth Worsley Rigby Fairhurst "
    "Gaskell Winstanley Hindley Melling Platt Partington Bagshaw Wolstenholme Rothwell Brierley Shepherd Cartwright "
    "Thatcher Weaver Glover Potter Sawyer Archer Forrester Chandler Tanner Bowman Farmer Page Marsh Brook Field "
    "Stone Banks Rivers Lake Bush Moss Frost Snow Winter Summers",
    "Ash Black Brad Bram Brock Brook Burn Calver Carl Chat Clay Clif Cop Cran Crom Dal Dar Den Dun Eger El Far Fen "
    "Gil Gold Had Hal Ham Har Hart Haz Hazel Hey Hol Hor Hux Ing Kel Kim Kir Lang Led Lin Long Mar Mel Mid Mil New "
    "Nor Oak Old Pem Pres Rad Rams Red Ros Rush Rut Sal Scar Shel Sher Sil Stan Stap Sten Stock Strat Sut Swin Thorn "
    "Tor Up Wal War Wat Wel Wey Whit Wick Wil Win Wood Yar",
    "ton ley worth field well bury ford ham wick by don land man more stead shaw wood bridge croft gate house low "
    "hurst side combe",
    34'000,
    545};

constexpr NameLists irish = {
    "Patrick Michael John Sean Brendan Kevin Liam Declan Gerard Dermot Eamon Seamus Padraig Niall Ciaran Kieran "
    "Aidan Brian Conor Cormac Donal Eoin Fergal Finbar Hugh Joseph Martin Noel Oisin Ronan Rory Shane Thomas Colm "
    "Cathal Barry Desmond Eugene Fintan Vincent Seán Éamonn",
    "Mary Bridget Siobhán Sinead Niamh Aoife Ciara Orla Maeve Deirdre Fionnuala Gráinne Róisín Aisling Caoimhe "
    "Clodagh Eileen Kathleen Margaret Maureen Noreen Nuala Patricia Philomena Una Catherine Ann Bernadette Teresa "
    "Sheila Eimear Saoirse Mairead Sorcha Breda Carmel Dympna Attracta Concepta Sinéad",
    "Sean Conor Jack James Daniel Cian Oisin Liam Patrick Michael Finn Darragh Fionn Rory Callum Eoin Cillian Tadhg "
    "Ronan Aidan Declan Kieran Cormac Shane Niall Ciaran Brandon Ryan Thomas Seán",
    "Aoife Niamh Ciara Saoirse Caoimhe Roisin Orla Erin Sinead Siobhan Aisling Clodagh Grace Emily Katie Eimear "
    "Maeve Cara Ailbhe Éabha Shauna Leah Molly Kayleigh Bridget Mary Ellie Kate Róisín Zoë",
    "Murphy Kelly O'Sullivan Walsh O'Brien Byrne Ryan O'Connor O'Neill O'Reilly Doyle McCarthy Gallagher O'Doherty "
    "Kennedy Lynch Murray Quinn Moore McLoughlin O'Carroll Connolly Daly O'Connell Wilson Dunne Brennan Burke "
    "Collins Campbell Clarke Johnston Hughes O'Farrell Fitzgerald Brown Martin Maguire Nolan Flynn Thompson "
    "O'Callaghan O'Donnell Duffy Mahony Boyle Healy O'Shea White Sweeney Hayes Kavanagh Power McGrath Moran Brady "
    "Stewart Casey Foley Fitzpatrick Leary McDonnell MacMahon Donnelly Regan Donovan Burns Flanagan Mullan Barry "
    "Kane Robinson Cunningham Griffin Kenny Sheehan Ward Whelan Lyons Reid Graham Higgins Cullen Keane King Maher "
    "McKenna Bell Scott Hogan O'Keeffe Magee MacNamara MacDermott Molony O'Rourke Buckley Dwyer",
    "",
    "",
    0,
    75};

constexpr NameLists scottish_welsh = {
    "Ian Alasdair Angus Callum Cameron Craig Donald Duncan Euan Ewan Fergus Finlay Gavin Gordon Graeme Gregor "
    "Hamish Iain Kenneth Lachlan Malcolm Murdo Neil Rory Ross Ruaridh Scott Stuart Alun Dafydd Emyr Gareth Geraint "
    "Gethin Glyn Gwyn Hywel Ieuan Iwan Llewellyn Owain Rhodri Rhys Siôn Tomos",
    "Fiona Ailsa Catriona Eilidh Elspeth Iona Isla Isobel Kirsty Lorna Mairi Morag Moira Rhona Shona Skye Agnes "
    "Jean Heather Sheena Angharad Bethan Bronwen Carys Catrin Ceri Delyth Eirlys Elin Ffion Gwen Gwyneth Lowri "
    "Mair Megan Nerys Nia Olwen Rhian Rhiannon Sian Siân Sioned",
    "",
    "",
    "MacDonald Campbell Stewart Robertson Thomson Anderson Scott Reid Murray Morrison Ross Paterson Fraser Cameron "
    "Davidson Gray Duncan Hamilton Kerr Ferguson Hunter Simpson Martin Graham Grant Allan Bell Black McDonald "
    "Macleod Mackenzie Mackay Maclean Sinclair Sutherland Gordon Wallace Gibson Kennedy Marshall Boyle Burns Craig "
    "Crawford Cunningham Docherty Donnelly Douglas Dunn Findlay Gillespie Hutchison Irvine Jamieson Johnstone "
    "McIntosh McKay McMillan Muir Munro Ritchie Rae Davies Williams Evans Thomas Roberts Morgan Griffiths Edwards "
    "Owen James Rees Phillips Lloyd Morris Price Parry Pugh Powell Howells Jenkins Llewellyn Bowen Vaughan Prosser "
    "Probert Gwyn Tudor Bevan",
    "",
    "",
    0,
    55};

constexpr NameLists pakistani_bangladeshi = {
    "Mohammed Muhammad Mohammad Ahmed Ali Imran Asif Tariq Khalid Abdul Shahid Nadeem Javed Amjad Zahid Rashid Arshad "
    "Saleem Sajid Kashif Adnan Faisal Bilal Usman Omar Hassan Hussain Hamza Waqas Naveed Shabir Tahir Iqbal Yasir "
    "Zubair Kamran Nasir Mahmood Pervez Rizwan Sohail Waseem Yousaf Zafar Anwar Aslam Azhar Ibrahim Ismail Junaid "
    "Shafiq Shakeel Aftab Rafiq Habibur Mizanur Shahjahan Rahim Karim Jamal Kabir Farooq Abid Qasim Sultan",
    "Fatima Aisha Shazia Nasreen Samina Farzana Saima Rukhsana Shabana Nazia Parveen Yasmin Zainab Maryam Khadija "
    "Tahira Rubina Razia Shaheen Nadia Sadia Amina Ayesha Bushra Farah Hafsa Iqra Jamila Kausar Lubna Mehwish "
    "Noreen Robina Sabina Salma Sana Sumaira Tasneem Uzma Zahida Zara Ruksana Shahida Sultana Rahima Rehana Asma "
    "Halima Hina Javeria Kiran Mariam Momina Nusrat Rabia Sidra Sobia Tayyaba Shamima Monowara Rokeya",
    "Muhammad Mohammed Ibrahim Yusuf Adam Hamza Ali Bilal Zain Umar Hassan Haris Ayaan Musa Ismail Abdullah Zayn "
    "Rayyan Eesa Hashim Idris Haroon Sulaiman Mustafa Zakariya Ahmed Yahya Faizan Hussain Danyal Subhan Uthman "
    "Abubakr Khalid Rehan Saad Taha Usman Zakir Aryan",
    "Fatima Aisha Maryam Zara Zainab Khadija Hafsa Amina Safa Aaliyah Inaya Sumayyah Ayesha Hana Haleema Iqra Laiba "
    "Mariam Noor Rania Ruqayyah Sara Sofia Zahra Alisha Anaya Eshal Hiba Imaan Javeria Malaika Nadia Yasmin Zoya "
    "Madiha Saira Tayyibah Umaimah Asiya Jannah",
    "Khan Hussain Ahmed Ali Iqbal Mahmood Akhtar Malik Miah Rahman Choudhury Uddin Shah Mohammed Hussein Chowdhury "
    "Islam Ashraf Aslam Mirza Butt Qureshi Sheikh Raja Rashid Yousaf Hanif Bashir Javed Saleem Rafiq Sadiq Siddiqui "
    "Arshad Anwar Karim Alam Haque Kamal Latif Majid Mehmood Nawaz Nazir Rehman Riaz Shafiq Sharif Zaman Chaudhry "
    "Bhatti Dar Mughal Hashmi Kazmi Ansari Abbasi Awan Gondal Janjua Kiani Lodhi Sarwar Talukdar Sarkar Mollah "
    "Bhuiyan Hoque Begum Kauser Farooq Ullah Ghani Jamil Kabir Aziz Amin Abbas Haider Haroon",
    "",
    "",
    0,
    112};

constexpr NameLists indian = {
    "Raj Sanjay Rajesh Amit Anil Sunil Vijay Ashok Ramesh Suresh Dinesh Mukesh Manoj Rakesh Deepak Ajay Arun Harjit "
    "Gurpreet Jaspal Balbir Manjit Sukhdev Kulwinder Amarjit Ravi Kishan Nitin Hitesh Jayesh Bhavesh Pradeep Vikram "
    "Rohan Arjun Karan Nikhil Sandeep Hardeep Jagdish Kamal Naresh Paresh Rahul Satish Thomas George",
    "Priya Anita Sunita Geeta Meena Rekha Harpreet Jaswinder Kulwinder Manjit Sukhwinder Balwinder Parminder "
    "Gurpreet Deepa Kavita Neha Nisha Pooja Rupal Shilpa Sonal Usha Vandana Anjali Asha Bhavna Hansa Jyoti Kamla "
    "Lakshmi Leela Manisha Nita Pushpa Ranjit Rajinder Sangita Seema Sejal Sheetal Shreya Smita Swati Anju Sheeba",
    "Aarav Arjun Rohan Krishna Dhruv Vihaan Aryan Dev Jai Kiran Nikhil Rahul Shiv Ved Yash Harjot Gurveer Jovan "
    "Arun Ishaan Kabir Neel Om Reyansh Siddharth Veer Aditya Amar Karan Ayush",
    "Anaya Diya Priya Simran Jasmine Aanya Kavya Maya Riya Saanvi Anika Ishani Khushi Meera Nisha Pari Roshni Tara "
    "Tanvi Avani Harleen Jasleen Kiran Mehar Navya Prisha Shreya Sia Zara Trisha",
    "Patel Singh Kaur Sharma Shah Kumar Gill Mistry Joshi Desai Mehta Parmar Chauhan Solanki Gupta Verma Bains "
    "Dhillon Sandhu Sidhu Grewal Virdee Bhogal Rai Rao Reddy Nair Menon Pillai Iyer Thomas Varghese Mathew George "
    "Lad Panchal Prajapati Vaghela Trivedi Bhatt Pandya Chopra Kapoor Khanna Malhotra Arora Bhatia Agarwal Das "
    "Ghosh Banerjee Mukherjee Sen Bose Naik Kulkarni Jain",
    "",
    "",
    0,
    38};

constexpr NameLists arabic = {
    "Mohamed Ahmad Ali Hassan Hussein Omar Khaled Mahmoud Mustafa Yousef Ibrahim Abdullah Abdulrahman Samir Karim "
    "Tarek Walid Ziad Bassam Faris Ghassan Hamid Haitham Issam Jamal Kamal Laith Marwan Mazen Mohannad Nabil Nasser "
    "Osama Rami Saeed Salah Sami Tamer Wael Yasser Zaid Anas Ayman Bilal Hazim Abbas Adel",
    "Fatima Aisha Mariam Zeinab Layla Noor Rania Salma Huda Amal Amira Dina Farah Ghada Hala Hanan Iman Jamila "
    "Khadija Lama Lina Maha Manal Mona Nadia Najwa Nawal Rana Reem Rula Samar Samira Sara Sawsan Shaima Suad "
    "Wafa Yasmin Zahra Feriha Hiba Abeer Basma Dalal Rasha",
    "",
    "",
    "Ahmed Mohamed Ali Hassan Ibrahim Hussein Al-Hassan Al-Masri Haddad Khoury Mansour Saleh Abdullah El-Sayed "
    "Al-Ahmad Nasser Khalil Hamdan Al-Jaber Al-Rashid Farouk Aziz Abbas Al-Tamimi Al-Dulaimi Qasim Hamid Salman "
    "Saeed Darwish Al-Bayati Al-Obaidi Najjar Shaheen Sayegh Awad Barakat Bishara Daher Fares Ghanem Habib Issa "
    "Jaber Karam Maalouf Nassar Osman Qabbani Rahal Sabbagh Taha Yassin Zidan El-Amin Bakr Elmi Benali Bouazza "
    "Cherif Mahdi Al-Zahrani Al-Harbi",
    "",
    "",
    0,
    30};

constexpr NameLists polish = {
    "Piotr Krzysztof Andrzej Tomasz Paweł Marcin Michał Marek Łukasz Grzegorz Adam Jan Kamil Mateusz Dawid Jakub "
    "Rafał Robert Mariusz Dariusz Jacek Wojciech Sławomir Artur Sebastian Zbigniew Przemysław Bartosz Damian Daniel "
    "Maciej Szymon Radosław Patryk Filip Konrad Stanisław Wiesław Henryk Tadeusz",
    "Anna Katarzyna Agnieszka Małgorzata Joanna Magdalena Monika Aleksandra Ewa Barbara Krystyna Dorota Beata "
    "Marta Justyna Karolina Natalia Paulina Sylwia Renata Iwona Izabela Aneta Patrycja Elżbieta Weronika Kinga "
    "Danuta Grażyna Bożena Jolanta Halina Urszula Edyta Kamila Zofia Emilia Dominika Ewelina",
    "Jakub Szymon Filip Kacper Aleksander Oliwier Adam Mateusz Michał Wojciech Oskar Wiktor Dawid Nikodem Igor "
    "Bartosz Dominik Kamil Maksymilian Patryk Sebastian Tymon Adrian Alan Antoni",
    "Julia Zuzanna Maja Lena Hanna Oliwia Zofia Amelia Wiktoria Natalia Nikola Emilia Maria Aleksandra Alicja "
    "Gabriela Kornelia Laura Martyna Michalina Nadia Pola Weronika Karolina Vanessa",
    "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski "
    "Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski Michalski "
    "Król Nowicki Wieczorek Jabłoński Wróbel Majewski Olszewski Stępień Malinowski Jaworski Adamczyk Dudek Nowakowski "
    "Pawlak Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski Pietrzak",
    "Bor Brzez Czar Dembow Gołęb Grusz Jasiń Kali Kos Lip Macie Orł Pod Rogal Sad Sob Star Urb Wiel Zaw Zdun Wyso",
    "ński owski ewski czyk owicz iak ek",
    25'000,
    36};

constexpr NameLists ukrainian = {
    "Oleksandr Serhii Volodymyr Andrii Mykola Ivan Viktor Oleh Yurii Vasyl Dmytro Ihor Mykhailo Petro Anatolii "
    "Vitalii Roman Maksym Yevhen Bohdan Taras Ruslan Artem Denys Pavlo Stepan Vladyslav Yaroslav Danylo Nazar",
    "Olena Oksana Iryna Natalia Tetiana Svitlana Olha Liudmyla Halyna Nadiia Mariia Yuliia Kateryna Viktoriia "
    "Anastasiia Daryna Sofiia Anna Larysa Valentyna Inna Alla Ivanna Solomiia Zlata Polina Veronika Khrystyna "
    "Bohdana Yana",
    "",
    "",
    "Melnyk Shevchenko Bondarenko Kovalenko Boiko Tkachenko Kravchenko Kovalchuk Koval Oliinyk Shevchuk Polishchuk "
    "Tkachuk Savchenko Bondar Marchenko Rudenko Moroz Lysenko Petrenko Klymenko Kravchuk Kuzmenko Pavlenko Savchuk "
    "Levchenko Ponomarenko Vasylenko Sydorenko Karpenko Hnatiuk Pavliuk Mazur Kushnir Zaiets Romaniuk Khomenko "
    "Didenko Yurchenko Stepanenko",
    "Harb Dan Fed Hor Ivan Kly Luk Mat Nest Ost Pan Roman Sem Tym Yak Zin",
    "enko chuk iuk yshyn",
    20'000,
    11};

constexpr NameLists romanian = {
    "Andrei Alexandru Ion Gheorghe Mihai Vasile Constantin Marian Florin Cristian Adrian Daniel Ionuț Bogdan Nicolae "
    "Marius Gabriel Cătălin Ștefan Radu Sorin Răzvan Vlad Luca Matei David Rareș Darius Denis Iulian",
    "Maria Elena Ioana Andreea Alexandra Mihaela Ana Cristina Daniela Georgiana Alina Raluca Roxana Gabriela Simona "
    "Larisa Bianca Denisa Sorina Florentina Lavinia Oana Irina Anca Loredana Sofia Teodora Antonia Daria Ilinca",
    "",
    "",
    "Popa Popescu Ionescu Radu Dumitru Stan Stoica Gheorghe Matei Ciobanu Rusu Constantin Marin Lazăr Florea Dobre "
    "Barbu Nistor Moldovan Mihai Sandu Dinu Toma Ene Neagu Lungu Manole Ungureanu Munteanu Cojocaru Bălan Oprea "
    "Tudor Vasile Petrescu Iordache Anghel Voicu Mocanu Enache",
    "",
    "",
    0,
    12};

constexpr NameLists vietnamese = {
    "Minh Tuan Hung Dung Thanh Hai Nam Long Duc Hoang Quang Son Phong Khanh Bao Tien Viet Trung Cuong Hieu An Binh "
    "Đức Tuấn",
    "Linh Huong Lan Thuy Trang Mai Hoa Nga Phuong Ngoc Anh Thao Hang Yen Hien My Vy Nhung Chi Dao Kim Quynh Loan "
    "Thảo",
    "",
    "",
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Nguyen Tran Le Pham Hoang Huynh Vu Vo "
    "Dang Bui Do Ngo Duong Ly Trinh Dinh Lam Luong Mai Truong Cao",
    "",
    "",
    0,
    8};

constexpr NameLists chinese = {
    "Wei Jun Ming Jie Chun Hao Lei Tao Yong Peng Chi Kin Wai Ka Man Siu Tsz Ho Yu Raymond Kelvin Jason Eric "
    "Vincent Andy",
    "Mei Li Xin Yan Ying Jing Na Fang Hui Ling Wing Yuk Ka Man Sau Lai Siu Wai Hoi Ching Amy Cindy Winnie Vivian "
    "Grace Joyce",
    "",
    "",
    "Wong Chan Li Chen Lee Cheung Wang Lam Zhang Liu Lau Ng Leung Ho Chow Tang Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu "
    "Hu Guo He Lin Luo Cheng Tsang Kwok Fung Yip Choi Mak Tse Poon Hui Lo Cheuk",
    "",
    "",
    0,
    14};

constexpr NameLists turkish = {
    "Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim Murat Emre Yusuf Ömer Osman Burak Can Cem Deniz Efe Ege Enes "
    "Erdem Fatih Furkan Hakan Kemal Kerem Onur Serkan Tolga Umut Volkan",
    "Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Zehra Sultan Hanife Merve Büşra Esra Gülsüm Özlem Ebru "
    "Selin Derya Defne Ece Eylül Gamze Nur Pınar Sevgi Tuğba Yasemin Aylin Sibel",
    "",
    "",
    "Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt "
    "Özkan Şimşek Polat Korkmaz Özcan Çakır Erdoğan Yavuz Can Acar Aktaş Güler Güneş Bulut Keskin Ünal Turan Taş",
    "",
    "",
    0,
    10};

constexpr NameLists caribbean = {
    "Winston Leroy Delroy Errol Neville Clive Trevor Desmond Carlton Everton Devon Lloyd Glenroy Wayne Anthony "
    "Michael Paul Marlon Dwayne Jermaine Tyrone Jerome Curtis Ashley Courtney Andre Damian Kemar Omari Rohan",
    "Beverley Marcia Sonia Yvonne Sandra Paulette Jennifer Michelle Claudette Hyacinth Merlene Monica Icilda Norma "
    "Pearl Veronica Angela Donna Natasha Keisha Latoya Shanice Chantelle Tamara Simone Alicia Kerry-Ann Shernette "
    "Jodian Novelette",
    "Jayden Malachi Tyrell Isaiah Elijah Kymani Tyrese Zion Josiah Jerome Micah Nathaniel Reuben Kyron Tremaine "
    "Caleb Jaheim Omari Marlon Rio Tyler Jordan Khalil Levi Xavier",
    "Destiny Aaliyah Shanice Amara Chanel Ebony Imani Jada Kezia Naomi Nevaeh Renee Shakira Tiana Tiffany Tyra Zaria "
    "Alesha Kiara Mikayla Sapphire Aniyah Chanelle Leah Faith",
    "Campbell Brown Williams Grant Clarke Francis Gordon Thompson Reid Morgan Bailey Lewis Stewart Thomas Henry "
    "Morrison Graham Edwards Wright Allen Powell Davis Richards Simpson Blake Bennett Barrett Palmer Phillips Gayle "
    "Beckford Samuels Daley Dacosta Facey Gooden Hylton Lindo Malcolm McFarlane McKenzie Nembhard Pinnock Plummer "
    "Rowe Sterling Whyte Wynter Charles Joseph Pierre Baptiste Augustin St_Hilaire St_Rose Braithwaite Blackman "
    "Greenidge Holder Alleyne",
    "",
    "",
    0,
    26};

constexpr NameLists iberian = {
    "José António João Manuel Carlos Luís Pedro Paulo Francisco Miguel Rui Nuno Jorge Fernando Ricardo Juan Javier "
    "Alejandro Diego Pablo Sergio Álvaro Andrés Rafael Daniel David Ángel Tiago Diogo Gonçalo Rodrigo Mateo",
    "Maria Ana Carla Sandra Sónia Cristina Isabel Teresa Carmen Lucía Laura Marta Paula Raquel Rosa Sofía Patrícia "
    "Susana Beatriz Inês Joana Catarina Mónica Pilar Mercedes Dolores Elena Nuria Andreia Fátima Leonor Matilde",
    "",
    "",
    "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Fernandes Gonçalves Gomes Lopes Marques Alves "
    "Almeida Ribeiro Pinto Carvalho Teixeira García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez "
    "Jiménez Ruiz Hernández Díaz Moreno Álvarez Muñoz Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos "
    "de_Souza dos_Santos da_Silva de_Oliveira de_la_Cruz",
    "",
    "",
    0,
    20};

constexpr NameLists somali = {
    "Mohamed Ahmed Abdi Ali Hassan Abdullahi Omar Ibrahim Yusuf Abdirahman Ismail Mahad Mustafa Farah Jama Warsame "
    "Liban Guled Bashir Khalid Sharmarke Ayanle Zakaria Hamza Idris",
    "Fadumo Amina Hodan Sahra Halimo Khadra Asha Ifrah Nimo Hibo Ayaan Sagal Safiya Hamdi Ubah Zamzam Fowsia Maryan "
    "Faiza Deqa Ilhan Muna Suad Najma Naima",
    "",
    "",
    "Mohamed Ali Ahmed Hassan Abdi Omar Farah Yusuf Ibrahim Jama Hussein Osman Warsame Ismail Adan Aden Abdullahi "
    "Nur Elmi Duale Hersi Mohamud Abdulle Egal Gedi Guled Barre Roble Shire Samatar Salad Igal",
    "",
    "",
    0,
    12};

constexpr NameLists nigerian = {
    "Oluwaseun Emeka Chukwuemeka Tunde Babatunde Olumide Chidi Ikechukwu Obinna Kelechi Femi Segun Kayode Adebayo "
    "Olusegun Ayodele Uche Nnamdi Samuel Emmanuel Daniel David Michael Joseph Kwame Kofi Kwabena Yaw Victor Peter "
    "Ibrahim Musa Sunday Godwin Prince",
    "Ngozi Chioma Folake Funmilayo Olufunke Yetunde Adaeze Amaka Ifeoma Nneka Blessing Grace Mercy Patience Joy "
    "Esther Ruth Temitope Titilayo Bukola Bisi Abimbola Oluwakemi Ama Akosua Abena Efua Adwoa Comfort Gloria Peace "
    "Precious Favour Rita Halima",
    "Daniel David Emmanuel Samuel Joshua Michael Elijah Tobi Toluwani Ayomide Oluwatobi Ifeanyi Kenechukwu Chidubem "
    "Jeremiah Nathaniel Divine Prince Kwame Kofi Israel Gabriel Ethan Jayden Enoch",
    "Precious Favour Blessing Grace Esther Deborah Temiloluwa Oluwadarasimi Ifeoma Chidera Adaora Kamsi Amara Zoe "
    "Divine Peace Victoria Abigail Hannah Ama Akua Naomi Sarah Ruth Nana",
    "Okafor Adeyemi Okonkwo Adebayo Ogunleye Balogun Eze Nwosu Okoro Obi Ibrahim Mensah Boateng Owusu Osei Asante "
    "Appiah Amoah Agyeman Addo Ojo Olawale Akande Adeleke Ogunbanjo Oyelaran Afolabi Alabi Bello Musa Abubakar "
    "Chukwu Nwachukwu Onyeka Udo Etim Okeke Ugwu Igwe Nnamdi Uche Emmanuel Okoye Onuoha Akintola Fashola Oladipo",
    "Adeola Olu Ade Ayo Baba Oyin Ogun Ola Aki Fola",
    "wale yemi sanya tunde bode niyi kunle dele",
    15'000,
    26};

} // namespace

std::array<NameLists, cultures> const& name_lists() {
    static constexpr std::array<NameLists, cultures> all = {
        english,   irish,      scottish_welsh, pakistani_bangladeshi,
        indian,    arabic,     polish,         ukrainian,
        romanian,  vietnamese, chinese,        turkish,
        caribbean, iberian,    somali,         nigerian};
    return all;
}

} // namespace fanlight::people
