//! Numbers that a caller types.

use super::InputValidation;

/// The number in E.164, or why it is none.
pub(super) fn validate(input: &str, validation: &InputValidation) -> Result<String, String> {
    let (country, number) = match validation {
        InputValidation::Digits { .. } => return Ok(input.to_owned()),
        InputValidation::InternationalNumber => (None, format!("+{input}")),
        InputValidation::LocalNumber { country } => {
            let country = country
                .parse()
                .map_err(|_| format!("{country:?} is no country"))?;
            (Some(country), input.to_owned())
        }
    };
    let wrong = || format!("{input:?} is no valid phone number");
    if !input.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number = phonenumber::parse(country, number).map_err(|_| wrong())?;
    if !number.is_valid() {
        return Err(wrong());
    }
    Ok(number.format().mode(phonenumber::Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_international() {
        let local = |country: &str| InputValidation::LocalNumber {
            country: country.to_owned(),
        };
        let world = InputValidation::InternationalNumber;
        assert_eq!(
            validate("8007246837", &local("US")).unwrap(),
            "+18007246837"
        );
        assert_eq!(
            validate("02079460000", &local("GB")).unwrap(),
            "+442079460000"
        );
        assert_eq!(validate("442079460000", &world).unwrap(), "+442079460000");
        for (input, validation) in [
            ("12", &local("US")),
            ("", &local("US")),
            ("*8007246837", &local("US")),
            ("8007246837", &local("Utopia")),
            ("00", &world),
            ("", &world),
        ] {
            assert!(validate(input, validation).is_err(), "{input}");
        }
        let digits = InputValidation::Digits { maximum_length: 4 };
        assert_eq!(validate("12*", &digits).unwrap(), "12*");
    }
}
