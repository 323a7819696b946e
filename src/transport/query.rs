//! What an address asks for behind its question mark.

use std::borrow::Cow;

use axum::http::Uri;

use super::error::ApiError;

/// The values of these names, in their order; what is said beside them is passed over. A name that
/// is said twice is refused: two readers might take different ones.
pub fn named<'a, const N: usize>(
    uri: &'a Uri,
    names: [&str; N],
) -> Result<[Option<Cow<'a, str>>; N], ApiError> {
    let mut values = [const { None }; N];
    let query = uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let mut places = names.iter().zip(&mut values);
        if let Some((_, place)) = places.find(|(known, _)| **known == name)
            && place.replace(value).is_some()
        {
            return Err(ApiError::Query);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand_and_however_they_are_written() {
        let of = |text: &str| {
            let uri: Uri = format!("/path{text}").parse().unwrap();
            named(&uri, ["after", "wait"])
                .map(|values| values.map(|value| value.map(Cow::into_owned)))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of(""), Ok([None, None]));
        assert_eq!(of("?"), Ok([None, None]));
        assert_eq!(of("?wait=1&x=y&after=s%2Bt"), Ok([some("s+t"), some("1")]));
        assert_eq!(of("?%61fter=a+b&x=1&x=2"), Ok([some("a b"), None]));
        assert_eq!(of("?wait&After=1"), Ok([None, some("")]));
        assert_eq!(of("?wait=1&wait=1"), Err(ApiError::Query));
        assert_eq!(of("?wait=1&w%61it=2"), Err(ApiError::Query));
    }
}
